"""Images from a trained generator: by class, between two, and those nearest to one."""
