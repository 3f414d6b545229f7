"""Autoencoders of images, trained by the one loop.

* ``batches``: images by number, in seeded order, binarised as wanted
* ``config``: settings of a training
* ``pretraining``: from pixels to a trained autoencoder
"""
