"""Pictures that are drawn from a request and show it: the same request, the same bytes."""

from imagenspec.emulator.painting.painter import Painted, paint

__all__ = ["Painted", "paint"]
