"""Where a saved state does not fit an object, and the one error that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from retorch.checkpoints._layout import dtype_name

_LINES_A_KIND = 20


@dataclass(slots=True)
class Misfit:
    """The differences between one part of a checkpoint and the live object; false when there are none.

    Attributes:
        part: the name of the part.
        type_name: the class of the live object.
        differing: (name, saved, live) of what has another shape or dtype.
        missing: what the object has and the checkpoint lacks.
        unexpected: what the checkpoint has and the object lacks.
        remarks: differences that have no name, one sentence each.
        fitting: top-level names under which everything fits.
        advice: what to do, beyond the options of loading.
    """

    part: str
    type_name: str
    differing: list[tuple[str, str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    fitting: list[str] = field(default_factory=list)
    advice: str = ""

    def __bool__(self) -> bool:
        return bool(self.differing or self.missing or self.unexpected or self.remarks)

    def lines(self) -> list[str]:
        """Return a line a difference, some twenty of each kind at most."""
        width = max((len(name) for name, _, _ in self.differing), default=0)
        differing = [
            f"{name:<{width}}   saved {saved}   {self.part} has {live}" for name, saved, live in self.differing
        ]
        return [
            *self.remarks,
            *_cut(differing, "differ"),
            *_cut([f"missing in the checkpoint: {name}" for name in self.missing], "are missing"),
            *_cut([f"only in the checkpoint: {name}" for name in self.unexpected], "are only in the checkpoint"),
        ]


def explain(checkpoint: str, misfits: Iterable[Misfit]) -> str:
    """Write the message for all misfits of a checkpoint together."""
    text = []
    for misfit in misfits:
        text.append(f"checkpoint {checkpoint} does not fit part {misfit.part!r} ({misfit.type_name}).")
        text += [f"  {line}" for line in misfit.lines()]
        text.append(_remedy(misfit))
    text.append("Nothing was changed.")
    return "\n".join(text)


def describe(value: object) -> str:
    """Say shape and dtype of a tensor; of anything else, its type.

    >>> import torch
    >>> describe(torch.zeros(2, 3))
    '[2, 3] float32'
    """
    if isinstance(value, Tensor):
        return f"{list(value.shape)} {dtype_name(value.dtype)}"
    return f"a {type(value).__name__}"


def _cut(lines: Sequence[str], what: str) -> list[str]:
    rest = len(lines) - _LINES_A_KIND
    return [*lines[:_LINES_A_KIND], *([f"({rest} more {what})"] if rest > 0 else [])]


def _remedy(misfit: Misfit) -> str:
    first = misfit.advice or f"Build {misfit.part!r} as it was when it was saved"
    if misfit.fitting:
        names = ", ".join(f'"{misfit.part}.{name}"' for name in misfit.fitting[:5])
        first += f", restore with `only=[{names}]` to take the parts that fit"
    return f"{first}, or restore with `strict=False` to take all that fits."
