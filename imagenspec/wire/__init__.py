"""Requests as the service documents them: bodies, canonical bytes, digests, commands."""
