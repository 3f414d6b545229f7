"""Generators and discriminators of images, and the objectives of their games."""
