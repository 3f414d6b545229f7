"""Training of codecs of sound, and what is lost in them."""
