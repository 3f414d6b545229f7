"""Byte-pair encoding as fast as the bytes allow, with the ids of the reference."""

from taojin.features.byte_pairs.encoder import Encoder, encoder_of

__all__ = ["Encoder", "encoder_of"]
