"""Bytes of images: what they are, their digests, and their base64 in a stream."""
