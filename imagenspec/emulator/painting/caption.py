"""The caption of a picture: a dark pane of glass with its words and small pictures of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw

from imagenspec.emulator.painting.lettering import advance, draw_line
from imagenspec.emulator.painting.palette import tone
from imagenspec.emulator.painting.wrapping import EMPTY, LEADING, Block, fitted

if TYPE_CHECKING:
    from imagenspec.emulator.painting.words import Exhibit, Words

_LEAST = 11
"""The smallest letters that can be read, in pixels."""
_GLASS = 0.30
_PROMPT, _FAINT, _PALE = tone(1.0), tone(0.72), tone(0.88)

Box = tuple[int, int, int, int]


class Tile(NamedTuple):
    """A small picture of an input and the words beside it; the place counts from where the tiles begin, in pixels."""

    exhibit: Exhibit
    left: int
    top: int
    side: int
    title: Block
    about: Block

    @property
    def right(self) -> float:
        """The right end of its words, in pixels from the left end of the first tile."""
        return self.left + self.side + self.gap + max(_width(self.title), _width(self.about))

    @property
    def gap(self) -> int:
        """The room between the picture and the words, in pixels."""
        return max(3, self.side // 6)


class Layout(NamedTuple):
    """Where everything stands on a pane; sizes in pixels."""

    width: int
    height: int
    pad: int
    prompt: Block
    without: Block
    origin: Block
    tiles: tuple[Tile, ...]

    @property
    def worth(self) -> float:
        """How much of the words it shows; whole texts count most, then small pictures, then large letters."""
        whole = 2.0 * self.prompt.whole + 2.0 * self.origin.whole + self.without.whole + bool(self.tiles)
        return whole + min(0.9, self.prompt.size / 100)


def layout(words: Words, width: int, most_height: int, unit: float) -> Layout | None:
    """Return how words stand on a pane of a width, or nothing where not even one line can be read.

    Args:
        words: What to write.
        width: The width of the pane in pixels.
        most_height: The greatest height of the pane in pixels.
        unit: The size of the whole picture as a share of 1024 pixels; letters grow and shrink with it.
    """
    pad = max(4, round(24 * unit))
    inner = width - 2 * pad
    small = max(_LEAST, round(17 * unit))
    room = most_height - 2 * pad
    if inner < 5 * small or room < small * LEADING:
        return None
    made_of = words.origin
    tiles, tiles_height = _tiles(words.exhibits, inner, unit, small)
    if tiles_height > (room - small * LEADING) * 0.6:
        tiles, tiles_height = (), 0
        made_of = " \u00b7 ".join((made_of, *(exhibit.title for exhibit in words.exhibits)))
    share = 0.5 if words.prompt.strip() else 1.0
    origin = fitted(
        made_of, inner, max(small * LEADING, (room - tiles_height) * share), (small, max(_LEAST, round(small * 0.85)))
    )
    room -= round(origin.height) + tiles_height
    without = fitted(words.without, inner, min(room * 0.3, small * LEADING * 2.1), (small, _LEAST))
    room -= round(without.height)
    prompt = EMPTY
    if room > _LEAST * LEADING:
        prompt = fitted(words.prompt, inner, room, _sizes(unit))
    elif words.prompt:
        prompt = EMPTY._replace(whole=False)
    texts = [block.height for block in (prompt, without, origin) if block.lines]
    height = 2 * pad + round(sum(texts) - small * (LEADING - 1)) + tiles_height
    wide = max(_width(prompt), _width(without), _width(origin), *(tile.right for tile in tiles), 0)
    return Layout(min(width, round(wide) + 2 * pad), min(height, most_height), pad, prompt, without, origin, tiles)


def _width(block: Block) -> float:
    return max((sum(advance(letter, block.size) for letter in line.text) for line in block.lines), default=0.0)


def _sizes(unit: float) -> list[int]:
    first, last = max(_LEAST, round(34 * unit)), max(_LEAST, round(14 * unit))
    return sorted(
        {first, *(round(last + (first - last) * share) for share in (0.8, 0.6, 0.4, 0.2)), last}, reverse=True
    )


def _tiles(exhibits: tuple[Exhibit, ...], inner: int, unit: float, small: int) -> tuple[tuple[Tile, ...], int]:
    """Return the tiles in one or two columns, and their height, both counted from below the texts above them."""
    if not exhibits:
        return (), 0
    side = max(2 * small + 4, round(72 * unit)) if inner > 14 * small else round(2.7 * small)
    gap = max(3, round(12 * unit))
    columns = 2 if len(exhibits) > 1 and inner > 26 * small else 1
    wide = (inner - gap * (columns - 1)) // columns
    tiles = []
    for number, exhibit in enumerate(exhibits):
        left = (number % columns) * (wide + gap)
        top = gap + (number // columns) * (side + gap)
        room = wide - side - max(3, side // 6)
        title = fitted(exhibit.title, room, side * 1.05, (small, _LEAST))
        faint = max(_LEAST, round(small * 0.9))
        about = fitted(exhibit.about, room, side * 1.05 - title.height, (faint, _LEAST))
        tiles.append(Tile(exhibit, left, top, side, title, about))
    rows = -(-len(exhibits) // columns)
    return tuple(tiles), rows * (side + gap) + gap


def draw_pane(behind: Image.Image, plan: Layout) -> tuple[Image.Image, tuple[tuple[Tile, Box], ...]]:
    """Draw a pane and its words.

    Args:
        behind: The tones behind the pane, in the pane's size.
        plan: Where everything stands.

    Returns:
        The tones of the pane, and the tiles with the boxes in pixels into which their small pictures belong.
    """
    pane = behind.point([min(255, round(level * _GLASS)) for level in range(256)])
    brush = ImageDraw.Draw(pane)
    y: float = plan.pad
    for block, level in ((plan.prompt, _PROMPT), (plan.without, _FAINT)):
        y = _draw_block(brush, block, plan.pad, y, level)
    places = _draw_tiles(brush, plan, round(y))
    last = plan.height - plan.pad - plan.origin.height + plan.origin.size * (LEADING - 1)
    _draw_block(brush, plan.origin, plan.pad, last, _PALE)
    return pane, places


def rounded(width: int, height: int, radius: int) -> Image.Image:
    """Return a mask with round corners, in pixels."""
    mask = Image.new("L", (width * 2, height * 2))
    box = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius=min(radius, width // 2, height // 2) * 2, fill=255)
    return mask.reduce(2)


def _draw_block(brush: ImageDraw.ImageDraw, block: Block, x: float, y: float, level: int) -> float:
    for line in block.lines:
        draw_line(brush, (x, round(y + block.size * 0.98)), line, block.size, level)
        y += block.size * LEADING
    return y


def _draw_tiles(brush: ImageDraw.ImageDraw, plan: Layout, top: int) -> tuple[tuple[Tile, Box], ...]:
    places = []
    for tile in plan.tiles:
        x, y = plan.pad + tile.left, top + tile.top
        box = (x, y, x + tile.side, y + tile.side)
        if tile.exhibit.image is None:
            brush.rounded_rectangle(
                (x, y, x + tile.side - 1, y + tile.side - 1), radius=tile.side // 10, outline=_FAINT
            )
            brush.line((x + tile.side * 0.3, y + tile.side / 2, x + tile.side * 0.7, y + tile.side / 2), fill=_FAINT)
        else:
            places.append((tile, box))
        text = x + tile.side + tile.gap
        height = tile.title.height + tile.about.height
        after = _draw_block(brush, tile.title, text, y + max(0.0, (tile.side - height) / 2), _PROMPT)
        _draw_block(brush, tile.about, text, after, _FAINT)
    return tuple(places)
