"""Build a request body with Google's Python SDK, up to the bytes it would send: IMAGE... [--output FILE]."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import httpx
from google.genai import Client, types
from google.oauth2.credentials import Credentials


class Capture(httpx.BaseTransport):
    """A transport that keeps the body and sends nothing."""

    body = b""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep the body; answer as if the service had made no image."""
        self.body = request.content
        return httpx.Response(200, json={"predictions": []})


def body(images: list[str]) -> bytes:
    """Return the body of the request that ``inputs.py`` writes as a recipe."""
    transport = Capture()
    client = Client(
        vertexai=True,
        project="project",
        location="us-central1",
        credentials=Credentials(token="token"),  # type: ignore[no-untyped-call]  # noqa: S106 - nothing is sent
        http_options=types.HttpOptions(httpx_client=httpx.Client(transport=transport)),
    )
    config = types.SubjectReferenceConfig(
        subject_type=types.SubjectReferenceType.SUBJECT_TYPE_PERSON, subject_description="a man with short hair"
    )
    references = [
        types.SubjectReferenceImage(
            reference_id=1, reference_image=types.Image.from_file(location=image), config=config
        )
        for image in images
    ]
    client.models.edit_image(
        model="imagen-3.0-capability-001",
        prompt="A photo of a man with short hair [1] on a beach",
        reference_images=references,
        config=types.EditImageConfig(number_of_images=1),
    )
    return transport.body


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("images", nargs="+")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    built = body(options.images)
    if options.output is not None:
        options.output.write_bytes(built)
