"""Refusals: the envelope of Google's APIs around the wording that was seen, or around our own.

Each wording says where it is known from: users' threads, Google's fixtures, or programs that quote it. What nobody has
seen is marked as such, in a header and in the details of the answer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

MARK = "x-imagenspec-emulated"
"""Header, and key of the metadata, of answers whose wording is this emulator's own; its value is :data:`UNVERIFIED`."""
UNVERIFIED = "unverified"

GENERATION = "Image generation failed with the following error: "
EDITING = "Image editing failed with the following error: "
"""What stands before a message: the second where the request has an image, or its model takes one."""

SEED_WITH_WATERMARK = "Seed is not supported when watermark is enabled."
NO_BYTES = "No uri or raw bytes are provided in media content."
NO_MASK_BYTES = f"Failed to get mask image bytes: {NO_BYTES}"
MASK_MISSING = "Mask image is missing."
IMAGE_SIZE = "Image size '{size}' is not supported."
PRODUCTS = "Invalid number of product images. Expected {wanted}, got {given}.; "
ASPECT_RATIO = "Invalid aspect ratio, {ratio}"
RAI_LEVEL = "Invalid rai level from the request"
NEGATIVE_PROMPT = "Setting negativePrompt is no longer supported."
UNAVAILABLE = "{model} is unavailable."
END_OF_LIFE = (
    "The {model} model has reached its end of life. Please refer to the migration guide"
    " (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/deprecations) on how to migrate to a newer model."
)
QUOTA = (
    "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: {base}."
    " Please submit a quota increase request."
)
REWRITER = (
    "Fail to execute model for flow_id: flow-juno-prompt-rewriter-vertex-imagen-jpe-v1-8\n"
    "Error: Deadline exceeded during decode.; "
)
INTERNAL = "Internal error encountered."
API_OFF = "Vertex AI API has not been used in project {project} before or it is disabled. Enable it by visiting {url}"

_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_TYPE = "type.googleapis.com/google.rpc."
_CUT = 60
_LONGEST_PATH = 300


class Refusal(NamedTuple):
    """Why a request is not answered with images.

    Attributes:
        message: What stands behind the prefix.
        fields: The members that it is about, the one to mend first, as paths of the body such as
            ``instances[0].referenceImages[1].maskImageConfig.dilation``; ``model`` and ``location`` are in the URL.
        status: The canonical status; it decides the code of the answer unless ``code`` does.
        verified: Whether the wording was seen.
        code: The HTTP status.
        prefixed: Whether the message follows "Image … failed with the following error".
        detail: What the details of the answer say beside the message.
        link: A page that helps, of a refusal that names one.
    """

    message: str
    fields: tuple[str, ...] = ()
    status: str = "INVALID_ARGUMENT"
    verified: bool = False
    code: int | None = None
    prefixed: bool = True
    detail: str | None = None
    link: str | None = None

    @property
    def http(self) -> int:
        """The HTTP status."""
        return self.code or _CODES[self.status]


class Refused(Exception):  # noqa: N818 - an answer of the service, not an error of the emulator
    """Ends the reading of a request."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def cut(text: str, most: int = _CUT) -> str:
    """Return a text of a request as a message shows it: short, with an escape for what is not Unicode."""
    short = text if len(text) <= most else f"{text[: most - 3]}..."
    return short.encode("utf-8", "backslashreplace").decode()


def seen(message: str, *fields: str) -> Refusal:
    """Return a refusal with a wording that was seen."""
    return Refusal(message, tuple(cut(field, _LONGEST_PATH) for field in fields), verified=True)


def own(message: str, *fields: str) -> Refusal:
    """Return a refusal with a wording of our own."""
    return Refusal(message, tuple(cut(field, _LONGEST_PATH) for field in fields))


def envelope(refusal: Refusal, *, editing: bool) -> dict[str, Any]:
    """Return the JSON of a refusal.

    Source: google.rpc.Status (code, message, status, details), whose details are google.rpc.DebugInfo, BadRequest,
    Help and ErrorInfo; that the service sends ``fieldViolations`` was not seen.
    """
    message = refusal.message
    if refusal.prefixed:
        message = (EDITING if editing else GENERATION) + message
    details: list[dict[str, Any]] = []
    if refusal.detail is not None:
        details.append({"@type": f"{_TYPE}DebugInfo", "detail": f"{message} {refusal.detail}"})
    if refusal.link is not None:
        links = [{"description": "Google developers console API activation", "url": refusal.link}]
        details.append({"@type": f"{_TYPE}Help", "links": links})
    if refusal.fields:
        violations = [{"field": field, "description": refusal.message.strip()} for field in refusal.fields]
        details.append({"@type": f"{_TYPE}BadRequest", "fieldViolations": violations})
    if not refusal.verified:
        mark = {"reason": "EMULATED", "domain": "imagenspec", "metadata": {MARK: UNVERIFIED}}
        details.append({"@type": f"{_TYPE}ErrorInfo", **mark})
    return {"error": {"code": refusal.http, "message": message, "status": refusal.status, "details": details}}
