"""The least that anybody does with a body: ``json.load``, and ``base64.b64decode`` of each of its pictures."""

from __future__ import annotations

import base64
import json
import sys


def main() -> None:
    """Read the body that is named."""
    with open(sys.argv[1], encoding="utf-8") as stream:  # noqa: PTH123 - pathlib would add to the start-up
        body = json.load(stream)
    for reference in body["instances"][0]["referenceImages"]:
        base64.b64decode(reference["referenceImage"]["bytesBase64Encoded"])


if __name__ == "__main__":
    main()
