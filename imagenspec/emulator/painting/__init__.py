"""Pictures that are drawn from a request and show it: the same request, the same bytes."""

from imagenspec.emulator.painting.painter import Painted, paint, paint_all

__all__ = ["Painted", "paint", "paint_all"]
