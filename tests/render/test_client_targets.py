"""Where requests go: the words of the command line, base URLs, and what is on this machine."""

from __future__ import annotations

import pytest

from imagenspec.errors import UsageError
from imagenspec.render.service.targets import Target, target_of, url_of


def test_the_words() -> None:
    vertex = target_of("vertex", "a-project", "europe-west2")
    assert vertex == Target("vertex", "https://europe-west2-aiplatform.googleapis.com", "a-project", "europe-west2")
    assert not vertex.is_loopback
    emulator = target_of("emulator", "a-project", "us-central1")
    assert (emulator.kind, emulator.is_loopback) == ("emulator", True)


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.1.2.3/", True),
        ("http://[::1]:8080", True),
        ("http://[::ffff:127.0.0.1]:8080", True),
        ("http://[::2]:8080", False),
        ("http://[::ffff:10.0.0.1]:8080", False),
        ("http://localhost:1", True),
        ("http://LOCALHOST.:1", True),
        ("http://emulator.localhost", True),
        ("https://gateway.example.com/imagen", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_base_urls(url: str, is_loopback: bool) -> None:
    target = target_of(url, "a-project", "us-central1")
    assert target.is_loopback == is_loopback
    path = "/v1/projects/a-project/locations/us-central1/publishers/google/models/imagegeneration@006:predict"
    assert url_of(target, "imagegeneration@006") == url.rstrip("/") + path
    assert url_of(target._replace(version="v1beta1"), "x").startswith(f"{url.rstrip('/')}/v1beta1/projects/")


def test_nothing_of_a_name_gets_into_the_path() -> None:
    target = target_of("http://127.0.0.1", "a/../b?x", "us#1")
    assert url_of(target, "../x?y").endswith(
        "/projects/a%2F..%2Fb%3Fx/locations/us%231/publishers/google/models/..%2Fx%3Fy:predict"
    )


@pytest.mark.parametrize(
    "word",
    [
        "",
        "vertx",
        "127.0.0.1:8080",
        "ftp://x",
        "http://",
        "http://[bad",
        "http://x:99999999",
        "https://u:p@x",
        "http://x?y",
        "http://x#y",
        "http://x/a b",
        "http://x/\x01",
        "http://x/\x1b[31m",
    ],
)
def test_what_is_no_target(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        target_of(word, "a-project", "us-central1")
    assert ":p@" not in str(caught.value)


def test_a_slip_of_the_pen() -> None:
    with pytest.raises(UsageError, match='did you mean "vertex"'):
        target_of("vertx", "a-project", "us-central1")


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_a_password_in_a_url_is_not_repeated(scheme: str) -> None:
    with pytest.raises(UsageError) as raised:
        target_of(f"{scheme}://somebody:secret@x", "a-project", "us-central1")
    assert "secret" not in str(raised.value)
