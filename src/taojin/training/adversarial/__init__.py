"""Games between a generator of images and a discriminator, in the one loop."""
