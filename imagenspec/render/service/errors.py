"""How a request can fail: to be sent again, refused for good, or lost on the way back."""

from __future__ import annotations

from imagenspec.errors import ImagenspecError


class ServiceError(ImagenspecError):
    """A request that brought no answer.

    Attributes:
        message: What the service or the network said: lower-case words of ours, or the service's own sentence.
    """

    exit_code = 3

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Transient(ServiceError):  # noqa: N818 - what happened, as the runner asks for it
    """The service did not do the work and may do it later: 408, 429, 5xx, or the request never arrived whole.

    Attributes:
        status: The HTTP status; nothing where there was no answer.
        retry_after: The seconds that the service asks to wait, where it does.
    """

    def __init__(self, status: int | None, retry_after: float | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Refused(ServiceError):  # noqa: N818
    """The service will not do the work, however often it is asked.

    Attributes:
        status: The HTTP status.
        code: The name of the status in Google's envelope (``INVALID_ARGUMENT``); where there is no envelope, what
            is wrong with the answer (``REDIRECT``, ``NOT_JSON``, ``TOO_LARGE``), or empty.
        field: The member of the body that the refusal is about, as the service writes its path; often unknown.
        verified: Whether the wording is the service's own; the emulator marks what it had to invent.
        codes: The support codes of the refusal, as numbers.
    """

    def __init__(  # noqa: PLR0913 - the members of one envelope
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        *,
        verified: bool = True,
        codes: tuple[int, ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.verified = verified
        self.codes = codes


class Lost(ServiceError):  # noqa: N818
    """The whole request went out and the answer did not come whole: nobody knows whether the work was done and paid.

    Attributes:
        status: The HTTP status, where at least that arrived.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
