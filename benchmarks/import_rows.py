"""The rows about importing requests."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, TextIO

from bench import HERE, LONG, Bench, Line, line_of, medians_of
from measure import Command, Run, median_of, rounds

if TYPE_CHECKING:
    from pathlib import Path

_PICTURES = 3
"""Of 10 MB each: a body of 40 MB."""
_PIECE = 3 * 2**18


def import_body(bench: Bench) -> list[Line]:
    bodies = [_body(bench, size) for size in ("large", "tiny")]
    turns = rounds(bench.runs, *(program for body in bodies for program in (_own(bench, body), _peer(bench, body))))
    ratio = median_of(turns, lambda own, peer, *tiny: _over(own, tiny[0]) / _over(peer, tiny[1]))
    medians = medians_of(
        turns,
        lambda own, _, start, __: _over(own, start) * 1000,
        lambda _, peer, __, start: _over(peer, start) * 1000,
        "ms",
    )
    work = "import a body of 40 MB, less the start-up"
    return [line_of(work, "`json.load` and `base64.b64decode`, less theirs", 1, ratio, medians)]


def memory_of_import(bench: Bench) -> list[Line]:
    body = _body(bench, "large")
    size = (bench.inputs.root / body).stat().st_size
    turns = rounds(min(bench.runs, LONG), _own(bench, body))
    peak = median_of(turns, lambda own: own.peak)
    medians = f"{peak / 1e6:.0f} / {size / 1e6:.0f} MB"
    return [line_of("peak memory of that import", "the size of the body", 3, peak / size, medians)]


def _body(bench: Bench, size: str) -> str:
    """Return the path of a body whose pictures are of a size; written when first asked for."""
    path = bench.inputs.root / f"body-{size}.json"
    if not path.exists():
        config = {"subjectDescription": "a man with short hair", "subjectType": "SUBJECT_TYPE_PERSON"}
        image = {"bytesBase64Encoded": "", "mimeType": "image/png"}
        entry = {"referenceType": "REFERENCE_TYPE_SUBJECT", "referenceId": 1, "subjectImageConfig": config}
        entries = [{**entry, "referenceImage": image}] * _PICTURES
        body = {"instances": [{"prompt": "a man with short hair [1] in oils", "referenceImages": entries}]}
        first, *rest = json.dumps(body).split('"bytesBase64Encoded": "')
        with path.open("w", encoding="utf-8") as stream:
            stream.write(first)
            for name, text in zip(bench.inputs.images(size), rest, strict=False):
                stream.write('"bytesBase64Encoded": "')
                _write_base64(bench.inputs.root / name, stream)
                stream.write(text)
    return path.name


def _write_base64(image: Path, stream: TextIO) -> None:
    """Write the base64 of a file in pieces: what this process holds counts for the programs that it starts."""
    with image.open("rb") as data:
        while piece := data.read(_PIECE):
            stream.write(base64.b64encode(piece).decode())


def _own(bench: Bench, body: str) -> Command:
    return bench.imagenspec("import", body, "-o", "imported", output="imported")


def _peer(bench: Bench, body: str) -> Command:
    return bench.command(str(bench.programs / "python"), str(HERE / "json_and_base64.py"), body)


def _over(large: Run, tiny: Run) -> float:
    """Return the seconds that the large pictures took, without those of the start-up."""
    return large.seconds - tiny.seconds
