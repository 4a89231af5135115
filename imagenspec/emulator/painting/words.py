"""What a picture says of its request: the prompt, what made it, and its images."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from imagenspec.emulator.job import Job, Picture, Reference

_MOST_EXHIBITS = 8
_SHOWN = ("edit_mode", "sample_image_style", "guidance_scale", "language")


class Exhibit(NamedTuple):
    """An input of a request: what it is, what else is said of it, and the image, where there is one."""

    title: str
    about: str
    image: Picture | None


class Words(NamedTuple):
    """The texts of a picture."""

    prompt: str
    without: str
    origin: str
    exhibits: tuple[Exhibit, ...]


def words_of(job: Job, sample: int) -> Words:
    """Return what the picture of a sample says; samples count from 0."""
    parameters = job.parameters
    negative = parameters.get("negative_prompt")
    return Words(
        job.prompt if isinstance(job.prompt, str) else "",
        f"without {negative}" if isinstance(negative, str) and negative.strip() else "",
        _origin(job, sample),
        tuple(_exhibits(job)[:_MOST_EXHIBITS]),
    )


def _origin(job: Job, sample: int) -> str:
    parameters = job.parameters
    seed = parameters.get("seed")
    parts = [
        job.model,
        "no seed" if seed is None else f"seed {_short(seed)}",
        _count(sample, parameters.get("sample_count")),
    ]
    parts += [_short(parameters[name]) for name in ("aspect_ratio", "sample_image_size") if name in parameters]
    parts += [
        f"{name.replace('_', ' ')} {_short(parameters[name]).replace('_', ' ')}"
        for name in _SHOWN
        if name in parameters
    ]
    return " \u00b7 ".join(parts)


def _count(sample: int, count: object) -> str:
    return f"sample {sample + 1} of {count}" if isinstance(count, int) and count > 1 else f"sample {sample + 1}"


def _exhibits(job: Job) -> list[Exhibit]:
    found = [_exhibit(reference) for reference in job.references]
    if job.person is not None:
        found.append(Exhibit("person", "", job.person))
    for number, product in enumerate(job.products, 1):
        title = "product" if len(job.products) == 1 else f"product {number}"
        found.append(Exhibit(title, product.description or "", product.image))
    return found


def _exhibit(reference: Reference) -> Exhibit:
    number = "" if reference.number is None else f"[{reference.number}] "
    kind = f"{number}{reference.kind}"
    choice = (reference.choice or "").replace("_", " ")
    about = [reference.description or ""]
    if reference.classes:
        about.append("classes " + ", ".join(str(one) for one in reference.classes))
    return Exhibit(
        f"{kind} \u00b7 {choice}" if choice else kind, " ".join(part for part in about if part), reference.image
    )


def _short(value: object) -> str:
    return str(value)[:40]
