"""A few rows of a tensor are saved, and all of its memory goes into the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import FileSaved
from retorch.checks._rule import Rule, sees
from retorch.checks.rules.saving._walk import walk

_LEAST_WASTE = 64 * 1024  # bytes
_TIMES = 4


@dataclass
class _Memory:
    """The memory of some of the saved tensors: its size, how much of it they show, and the first of them."""

    size: int
    path: str
    shape: tuple[int, ...]
    shown: int = 0


class SavedViewOfALargeTensor(Rule):
    """`torch.save` was given a view of a tensor that is much larger.

    Why it matters: a tensor is saved with its whole storage, so that views stay views. The first ten rows of a large
    table make a file as large as the table, and so does one sample that was cut out of a batch.

    When it is fine: where all of the memory is wanted back, as views of one storage.

    Wrong: `torch.save(table[:10], path)`.

    Right: `torch.save(table[:10].clone(), path)`.

    Reported: https://github.com/pytorch/pytorch/issues/1995
    """

    name = "saved-view-of-a-large-tensor"
    grade = "advice"

    @sees(FileSaved)
    def judge(self, seen: FileSaved) -> Iterator[Finding]:
        """Compare what the saved tensors show with the memory that they are saved with."""
        wasteful = [each for each in _memories(seen.value) if each.size > _TIMES * each.shown + _LEAST_WASTE]
        if wasteful:
            worst = max(wasteful, key=lambda memory: memory.size)
            yield self.finding(
                seen.site,
                "a view is saved with all of the memory behind it",
                evidence=f"{worst.path or 'the value'} of shape {worst.shape} shows {worst.shown:,} bytes, and "
                f"{worst.size:,} are written",
                remedy="save a copy: tensor.clone()",
            )


def _memories(value: object) -> list[_Memory]:
    found: dict[int, _Memory] = {}
    for path, tensor in walk(value):
        if isinstance(tensor, Tensor):
            try:
                storage = tensor.untyped_storage()
            except (RuntimeError, NotImplementedError):  # a kind of tensor that has none
                continue
            memory = found.setdefault(storage._cdata, _Memory(storage.nbytes(), path, tuple(tensor.shape)))  # noqa: SLF001
            memory.shown += tensor.numel() * tensor.element_size()
    return list(found.values())
