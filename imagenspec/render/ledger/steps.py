"""What a ledger says of a step that a task cannot take."""

from __future__ import annotations

from imagenspec.errors import ImagenspecError


class IllegalStepError(ImagenspecError):
    """A task is not where a step begins, or not in the hands of who wants to take it.

    Attributes:
        key: The task.
        state: Where it is; nothing where there is no such task.
        owner: Who has it.
    """

    def __init__(self, key: str, wanted: str, state: str | None, owner: str | None) -> None:
        place = "not in the ledger" if state is None else state + (f" in the hands of {owner}" if owner else "")
        super().__init__(f"task {key[:12]} cannot become {wanted}: it is {place}")
        self.key = key
        self.state = state
        self.owner = owner
