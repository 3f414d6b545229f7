"""Autoencoders of images: networks, what a decoder says of pixels, bounds, files.

* ``shape``: the numbers that a network is built from
* ``layers``: encoders and decoders, convolutional and of linear layers
* ``likelihoods``: what a decoder's outputs say of pixels: Bernoulli, Gaussian, discrete
* ``network``: an encoder, a latent and a decoder
* ``bounds``: evidence lower bound, free bits, importance bound and its gradients
* ``importance``: log-likelihoods by importance sampling, with an interval
* ``pixels``: from bytes to what networks read, and binarisation
* ``storage``: a network as a folder
"""
