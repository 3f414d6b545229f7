"""What the latents of a trained autoencoder are good for: new images and ways between.

* ``codes``: images as latents, and back
* ``density``: a Gaussian mixture fitted to latents, as a folder
* ``sampling``: new images from the prior or a fitted density
* ``paths``: reconstructions, interpolations, traversals as tables of images
* ``inversion``: the latent of a real image, refined by gradient steps
"""
