"""The version of imagenspec."""

__version__ = "0.1.0"
