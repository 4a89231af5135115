"""Large recipes full of mistakes end in diagnostics soon, however many words could have been meant."""

from __future__ import annotations

import pytest
from bounded_check import codes_within_bounds

GENERATE = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\n"
CUSTOMIZE = "imagenspec: 1\ntask: customize\nmodel: imagen-3.0-capability-001\n"
SEGMENT = "imagenspec: 1\ntask: segment\nmodel: image-segmentation-001\nimage: gs://b/c.png\n"
EDIT = "references: {a: {style: true, image: 'gs://b/c.png'}}\n"
FILTERED = "{{ big|list|sort|unique|list|length }}"
FILTERS = (
    f"{GENERATE}vars: {{big: {'x' * 9000}}}\nmatrix: {{parameters.seed: 1..9000}}\nprompt: '{FILTERED} {FILTERED}'\n"
)


@pytest.mark.parametrize(
    ("recipe", "code"),
    [
        (f"{CUSTOMIZE}prompt: p {'[9]' * 100_000}\n{EDIT}", "IMG401"),
        (
            GENERATE
            + "prompt: p\nx-a:\n"
            + "".join(f"  - &anchor{one} {one}\n" for one in range(3000))
            + "".join(f"  - *unknown{one}\n" for one in range(3000)),
            "IMG001",
        ),
        (
            f"{GENERATE}prompt: p\nmatrix:\n  parameters.seed: 0..99\n  parameters.sample_count: [1, 2]\n  exclude:\n"
            + "    - {parameters.seed: 200}\n" * 9000,
            "IMG122",
        ),
        (
            f"{GENERATE}vars:\n"
            + "".join(f"  name{one}: 1\n" for one in range(400))
            + 'prompt: "'
            + "".join(f"{{{{ nam{one} }}}} " for one in range(5000))
            + '"\n',
            "IMG602",
        ),
        (SEGMENT + "classes: [" + ", ".join(f"klass{one}" for one in range(20_000)) + "]\n", "IMG111"),
        (f"{GENERATE}prompt: p\n# {'{{' * 200_000}\nmatrix: {{seed: [1]}}\n", "IMG121"),
        (FILTERS, "IMG604"),
    ],
    ids=["markers", "aliases", "exclusions", "names", "classes", "braces", "filters"],
)
def test_mistakes_without_number_are_reported_soon(recipe: str, code: str) -> None:
    assert code in codes_within_bounds(recipe)
