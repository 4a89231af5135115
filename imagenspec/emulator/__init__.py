"""A local predict service: its own checks, faults on request, and painted images."""
