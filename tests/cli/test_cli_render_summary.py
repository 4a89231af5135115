"""The last line of ``imagenspec render``: where the pictures are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli_recipes import CUP

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

ONE = f"{CUP}parameters: {{sample_count: 1}}\n"
SEEDS = ONE.replace("coffee", "coffee, number {{ n }}") + "matrix: {n: 1..6}\nrender: {path: 'out/{{ n }}/seed'}\n"


def summary(imagenspec: Imagenspec, *words: str) -> str:
    return imagenspec("render", *words).stderr.decode().splitlines()[-1]


def test_the_summary_says_where_the_pictures_are(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "cup.imagen.yaml").write_text(ONE)
    (folder / "seeds.imagen.yaml").write_text(SEEDS)
    assert summary(imagenspec, "below") == "1 request: 1 done; 1 picture in below/renders/; 1 sent"
    some = summary(imagenspec, "seeds.imagen.yaml", "--case", "n=1", "--case", "n=2")
    assert some == "2 requests: 2 done; 2 pictures in out/1/, out/2/; 2 sent"
    more = summary(imagenspec, "seeds.imagen.yaml")
    assert more == "6 requests: 6 done; 6 pictures in out/; 4 sent"
    everything = summary(imagenspec, ".")
    assert everything == "7 requests: 7 done; 7 pictures in out/1/, out/2/ and 5 more folders; nothing to send"


def test_pictures_that_are_not_there_have_no_folder(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(ONE)
    (folder / "out").write_text("a file where a folder should be")
    (folder / "cup.imagen.yaml").write_text(f"{ONE}render: {{path: out/cup}}\n")
    assert summary(imagenspec, "cup.imagen.yaml") == "1 request: 1 done; 1 picture; 1 sent"
