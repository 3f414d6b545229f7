"""Images and recordings as files hold them: bytes in, arrays out."""
