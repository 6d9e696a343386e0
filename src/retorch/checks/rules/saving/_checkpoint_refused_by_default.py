"""A checkpoint holds values that `torch.load` refuses unless it is told to trust the file."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from retorch.checks._finding import Finding
from retorch.checks._observations import FileSaved
from retorch.checks._rule import Rule, sees
from retorch.checks.rules.saving._walk import walk

_PLAIN: tuple[type, ...] = (
    type(None), bool, int, float, complex, str, bytes, bytearray, dict, list, tuple, set, OrderedDict, defaultdict,
    Counter, torch.Size, torch.dtype, torch.device, Tensor, torch.UntypedStorage, torch.TypedStorage,
)  # fmt: skip


class CheckpointRefusedByDefault(Rule):
    """A checkpoint holds an object such as a NumPy number, a path or a namespace beside the weights.

    Why it matters: `torch.load` reads with `weights_only=True` since 2.6 and refuses the whole file for one of them,
    days later, when the run is to be resumed. `best = metric.mean()` of NumPy is enough.

    When it is fine: where every reader says `weights_only=False`, or has allowed the type by
    `torch.serialization.add_safe_globals`, and trusts whoever wrote the file.

    Wrong: `torch.save({"model": model.state_dict(), "best": np.max(scores), "args": args}, path)`.

    Right: `float(np.max(scores))`, `vars(args)`, `str(path)`.

    Reported: https://github.com/pytorch/pytorch/issues/138985
    """

    name = "checkpoint-refused-by-default"
    grade = "advice"

    @sees(FileSaved)
    def judge(self, seen: FileSaved) -> Iterator[Finding]:
        """Judge each value that was saved."""
        allowed = {each for each in torch.serialization.get_safe_globals() if isinstance(each, type)}
        refused = [
            (path, value)
            for path, value in walk(seen.value)
            # A whole model is another mistake.
            if type(value) not in allowed and not _is_plain(value) and not isinstance(value, nn.Module)
        ]
        if refused:
            told = ", ".join(f"{path or 'the value'}: {_type_name(value)}" for path, value in refused[:3])
            yield self.finding(
                seen.site,
                "torch.load refuses this checkpoint by default",
                evidence=f"{told}{' ...' if len(refused) > 3 else ''}; by default torch.load reads no such type",
                remedy="save plain values: float(number), torch.from_numpy(array), vars(args), str(path)",
            )


def _is_plain(value: Any) -> bool:
    kind = type(value)
    return kind in _PLAIN or isinstance(value, Tensor)


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
