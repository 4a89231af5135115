"""Requests that exist already, read into recipes."""
