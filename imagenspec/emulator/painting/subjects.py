"""The subject of a picture, found by a simple stand-in: what differs from the colours at the border."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from imagenspec.emulator.painting.filling import filled
from imagenspec.emulator.painting.masking import inverted

_SMALL = 160
"""The longer side of the picture in which a subject is looked for, in pixels."""
_FINE = 640
"""The same where the ground is plain, so that the outline can be followed closely."""
_PLAIN = 8.0
"""The standard deviation up to which a border has one colour."""
_CELL = 4
_BORDER = 0.05
_LEAST, _MOST = 0.02, 0.9
_LEAST_CLEAR = 0.01
_HALF = [0] * 128 + [255] * 128


def subject(image: Image.Image) -> Image.Image:
    """Return the subject of an ``RGB`` or ``RGBA`` picture as a black and white mask of its size.

    If something is transparent, the subject is what is not. Otherwise the colours of the border are continued over
    the whole picture, and the subject is the largest part that differs from them, the middle counting more than the
    edges; with a border of one colour, everything that differs. Where this finds next to nothing or nearly
    everything, it is an ellipse in the middle.
    """
    if image.mode == "RGBA":
        alpha = image.getchannel("A").point(_HALF)
        if _LEAST_CLEAR <= _share(alpha) <= 1 - _LEAST_CLEAR:
            return alpha
    plain = image.convert("RGB")
    found = _on_plain_ground(plain) or _in_a_photograph(plain)
    if not _LEAST <= _share(found) <= _MOST:
        found = _middle(found.size)
    mask = found.resize(image.size, Image.Resampling.BICUBIC).point(_HALF)
    return mask if mask.getbbox() else Image.new("L", image.size, 255)


def _on_plain_ground(image: Image.Image) -> Image.Image | None:
    """Return what differs from a border of one colour, as a mask of some size; nothing for another border."""
    small = image.copy()
    small.thumbnail((_FINE, _FINE), Image.Resampling.BOX, reducing_gap=1.5)
    inside = _inside(small.size)
    border = ImageStat.Stat(small, inverted(inside))
    if max(border.stddev) > _PLAIN:
        return None
    ground = Image.new("RGB", small.size, tuple(round(band) for band in border.mean))
    bands = ImageChops.difference(small, ground).split()
    unlike = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return unlike.point(_above(3 * _PLAIN)).filter(ImageFilter.MinFilter(3))


def _in_a_photograph(image: Image.Image) -> Image.Image:
    small = image.copy()
    small.thumbnail((_SMALL, _SMALL), Image.Resampling.BOX, reducing_gap=1.5)
    unlike = _unlike_border(small)
    found = unlike.point(_above(_threshold(unlike.histogram())))
    found = found.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(7))
    return _without_gaps(_largest_part(found)).filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(1.5))


def _inside(size: tuple[int, int]) -> Image.Image:
    """Return a mask that is black along the edges only."""
    width, height = size
    inside = Image.new("L", size)
    edge = max(1, round(min(width, height) * _BORDER))
    if width > 2 * edge and height > 2 * edge:
        inside.paste(255, (edge, edge, width - edge, height - edge))
    return inside


def _largest_part(mask: Image.Image) -> Image.Image:
    """Return the largest of the parts of a mask that hang together, looked at through a coarse grid."""
    columns, rows = (max(1, -(-side // _CELL)) for side in mask.size)
    cells = mask.resize((columns, rows), Image.Resampling.BOX).point(_HALF)
    left = {place for place, level in enumerate(cells.tobytes()) if level}
    largest: set[int] = set()
    for start in sorted(left):
        part, waiting = set(), [start] if start in left else []
        left.discard(start)
        while waiting:
            place = waiting.pop()
            part.add(place)
            column = place % columns
            near = {place - columns, place + columns}
            near |= {place - 1} if column else set()
            near |= {place + 1} if column + 1 < columns else set()
            waiting += near & left
            left -= near
        largest = max(largest, part, key=len)
    kept = Image.frombytes("L", cells.size, bytes(255 * (place in largest) for place in range(columns * rows)))
    near_kept = kept.filter(ImageFilter.MaxFilter(3)).resize(mask.size, Image.Resampling.NEAREST)
    return ImageChops.darker(mask, near_kept)


def _without_gaps(mask: Image.Image) -> Image.Image:
    """Return a mask whose rows are each white from their first white pixel to their last."""
    width, height = mask.size
    data = mask.tobytes()
    rows = []
    for number in range(height):
        row = data[number * width : (number + 1) * width]
        start, end = row.find(b"\xff"), row.rfind(b"\xff") + 1
        rows.append(row if start < 0 else bytes(start) + b"\xff" * (end - start) + bytes(width - end))
    return Image.frombytes("L", mask.size, b"".join(rows))


def _unlike_border(image: Image.Image) -> Image.Image:
    """Return how much each pixel differs from the continued border, as ``L``."""
    ground = filled(image, _inside(image.size))
    bands = ImageChops.difference(image, ground).split()
    unlike = ImageChops.add(ImageChops.add(bands[0], bands[1]), bands[2])
    unlike = unlike.filter(ImageFilter.GaussianBlur(2))
    middle = Image.radial_gradient("L").point([255 - level * 3 // 5 for level in range(256)])
    return ImageChops.multiply(unlike, middle.resize(image.size, Image.Resampling.BILINEAR))


def _middle(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size)
    width, height = size
    ImageDraw.Draw(mask).ellipse((width * 0.22, height * 0.18, width * 0.78, height * 0.86), fill=255)
    return mask


def _share(mask: Image.Image) -> float:
    return mask.histogram()[255] / (mask.width * mask.height)


def _above(threshold: float) -> list[int]:
    return [255 * (level > threshold) for level in range(256)]


def _threshold(levels: list[int]) -> int:
    """Return the level that parts a histogram into the two groups that differ most (Otsu)."""
    total, weighted = sum(levels), sum(level * number for level, number in enumerate(levels))
    best, threshold, below, sum_below = -1.0, 0, 0, 0
    for level, number in enumerate(levels):
        below += number
        sum_below += level * number
        above = total - below
        if not below or not above:
            continue
        apart = sum_below / below - (weighted - sum_below) / above
        if below * above * apart * apart > best:
            best, threshold = below * above * apart * apart, level
    return threshold
