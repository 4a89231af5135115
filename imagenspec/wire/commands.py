"""A request as a command that readers of Google's pages recognise.

Endpoint and commands are those of
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api-customization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.wire.request import Request


def endpoint(model: str, project: str, location: str) -> str:
    """Return the URL that answers requests for a publisher model."""
    return (
        f"https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}"
        f"/publishers/google/models/{quote(model, safe='@')}:predict"
    )


def curl(request: Request, url: str) -> Iterator[bytes]:
    """Yield a shell script: the body in a here-document, then the ``curl`` command of Google's pages."""
    yield b"cat > request.json <<'EOF'\n"
    yield from request.body()
    yield (
        "\nEOF\n\n"
        "curl -X POST \\\n"
        '  -H "Authorization: Bearer $(gcloud auth print-access-token)" \\\n'
        '  -H "Content-Type: application/json; charset=utf-8" \\\n'
        "  -d @request.json \\\n"
        f'  "{url}"\n'
    ).encode()


def powershell(request: Request, url: str) -> Iterator[bytes]:
    """Yield a PowerShell script: the body in a here-string, then the command of Google's pages.

    The body is written in ASCII, so that no version of PowerShell adds a byte order mark.
    """
    yield b"@'\n"
    yield from request.body(ascii_only=True)
    yield (
        "\n'@ | Set-Content -Path request.json -Encoding ascii\n\n"
        "$cred = gcloud auth print-access-token\n"
        '$headers = @{ "Authorization" = "Bearer $cred" }\n\n'
        "Invoke-WebRequest `\n"
        "    -Method POST `\n"
        "    -Headers $headers `\n"
        '    -ContentType: "application/json; charset=utf-8" `\n'
        "    -InFile request.json `\n"
        f'    -Uri "{url}" | Select-Object -Expand Content\n'
    ).encode()


def http(request: Request, url: str) -> Iterator[bytes]:
    """Yield the request as HTTP/1.1 text, as ``.http`` files of editors have it; put a token where it says so."""
    yield (
        f"POST {url} HTTP/1.1\n"
        f"Host: {urlsplit(url).netloc}\n"
        "Authorization: Bearer {{access_token}}\n"
        "Content-Type: application/json; charset=utf-8\n"
        f"Content-Length: {request.ascii_length}\n\n"
    ).encode()
    yield from request.body(ascii_only=True)
    yield b"\n"
