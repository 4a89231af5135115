"""Locks: what was rendered of which request, beside each recipe and as text."""
