"""Where files are, in few words."""

from __future__ import annotations

import pytest

from imagenspec.report.folders import folders_of


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], ""),
        (["cup.png"], "./"),
        (["shots/renders/a.png", "shots/renders/b.png"], "shots/renders/"),
        (["a/x.png", "b/../c/x.png", "/d/x.png"], "a/, c/, /d/"),
        (["out/1/x.png", "out/2/x.png", "out/3/a/x.png", "out/4/x.png"], "out/"),
        (["1/x.png", "2/x.png", "3/x.png", "4/x.png"], "1/, 2/ and 2 more folders"),
        (["/1/x.png", "2/x.png", "3/x.png", "4/x.png"], "/1/, 2/ and 2 more folders"),
        (["../1/x.png", "../2/x.png", "../3/x.png", "../4/x.png"], "../1/, ../2/ and 2 more folders"),
        (["gs://bucket/x.png", "gs://bucket/a/x.png"], "gs://bucket/, gs://bucket/a/"),
        ([f"gs://bucket/a/{n}/x.png" for n in range(9)], "gs://bucket/a/"),
        (["gs://bucket/a/x.png", "out/1/x.png", "out/2/x.png", "out/3/x.png"], "out/, gs://bucket/a/"),
        (["a\x1bb/x.png"], "a\ufffdb/"),
    ],
)
def test_folders_are_said_in_few_words(files: list[str], said: str) -> None:
    assert folders_of(files) == said
