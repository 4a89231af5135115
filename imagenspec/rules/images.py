"""Rules about image files: each picture that a recipe names can be sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.images.files import Refusal
from imagenspec.images.sniff import ACCEPTED
from imagenspec.source.diagnostics import Diagnostic, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.model import Image
    from imagenspec.rules.subject import Subject

_GCS = r"gs://[^/\s]+/\S.*"
_URL = r"(?:[a-zA-Z][a-zA-Z0-9+-]+:)(?://|.*;base64)"


def unusable_images(subject: Subject) -> Iterator[Diagnostic]:
    """IMG501 to IMG508: missing, refused, unreadable, or not an image.

    Source of the accepted types:
    https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/Shared.Types/VisionGenerativeModelInstance.
    """
    for image in subject.recipe.images():
        problem = _problem(subject, image)
        if problem is not None:
            code, message = problem
            yield subject.at_value(code, image.path, message)


def _problem(subject: Subject, image: Image) -> tuple[str, str] | None:
    if image.gcs is not None:
        if re.fullmatch(_GCS, image.gcs):
            return None
        return "IMG507", f"{quote(image.gcs, 60)} is not gs://BUCKET/OBJECT"
    written = str(image.file)
    if re.match(_URL, written):
        return "IMG506", f"{quote(written, 60)} is a URL; name a file of the project or gs://BUCKET/OBJECT"
    found = subject.files.find(subject.document.file.name, written)
    if isinstance(found, Refusal):
        return found.code, found.message
    if found.media_type not in ACCEPTED:
        return "IMG508", f"{quote(written, 60)} is {found.media_type}; requests take {' and '.join(ACCEPTED)}"
    return None
