"""Measuring kernels: compiled functions over the UTF-8 bytes of Arrow columns."""
