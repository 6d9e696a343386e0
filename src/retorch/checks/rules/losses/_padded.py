"""`Padding`: which tensors hold sequences of unequal lengths, filled up at their ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import ref

from torch import Tensor

from retorch.checks._observations import OperationDone
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of, tensors_in
from retorch.checks.rules.losses._values import has_shape, rows_that_end_in

# After these the values of each step are still at its place.
_KEEPING = frozenset({
    "__add__", "__mul__", "__radd__", "__rmul__", "__truediv__", "add", "bfloat16", "clone", "contiguous", "cpu",
    "cuda", "detach", "double", "dropout", "float", "gelu", "half", "int", "layer_norm", "linear", "long", "mul",
    "relu", "tanh", "to", "type",
})  # fmt: skip
_SWAPPING = frozenset({"permute", "swapaxes", "transpose"})


class Padded(NamedTuple):
    """Sequences of unequal lengths in one tensor.

    Attributes:
        axis: of time, 0 or 1; the samples are on the other one.
        short: how many sequences are filled up.
        sequences: how many there are.
        how: the padding is known, for people.
    """

    axis: int
    short: int
    sequences: int
    how: str

    def __str__(self) -> str:
        return f"{self.short} of the {self.sequences} sequences end in padding, {self.how}"


class Padding:
    """What is known of padding; the same for every rule of a scene.

    Attributes:
        padded: of each tensor that holds padding.
    """

    def __init__(self, _: Scene) -> None:
        self.padded: Flow[Padded] = Flow(_KEEPING)
        self._last: Callable[[], OperationDone | None] = lambda: None

    @classmethod
    def of(cls, scene: Scene) -> Padding:
        """Return that of a scene."""
        return scene.shared(cls)

    def follow(self, seen: OperationDone) -> None:
        """Follow what `pad_sequence` gave, and what is looked up in a table that has a token for padding."""
        if self._last() is seen:  # another rule was here
            return
        self._last = ref(seen)
        name = name_of(seen.function)
        if name == "pad_sequence":
            self._begin(seen)
        elif name == "embedding" and seen.args and has_shape(seen.args[0]):
            self._look_up(seen, seen.args[0])
        elif name in _SWAPPING and seen.args:
            self._swap(seen)
        else:
            self.padded.follow(seen)

    def _begin(self, seen: OperationDone) -> None:
        lengths = [len(sequence) for sequence in tensors_in(seen.args[0])] if len(seen.args) > 2 else []
        short = sum(length < max(lengths) for length in lengths)
        if short and seen.args[3:] != ("left",):
            axis = 1 if seen.args[1] else 0
            self.padded.mark(seen.result, Padded(axis, short, len(lengths), "as pad_sequence put it there"))

    def _look_up(self, seen: OperationDone, tokens: Tensor) -> None:
        known, padding = self.padded.of(tokens), seen.kwargs.get("padding_idx")
        if known is None and padding is not None and tokens.dim() == 2 and len(seen.args) > 1:
            short = rows_that_end_in(tokens, padding % len(seen.args[1]))
            if 0 < short < len(tokens):
                known = Padded(1, short, len(tokens), f"the padding_idx {padding} of the embedding")
        if known:
            self.padded.mark(seen.result, known)

    def _swap(self, seen: OperationDone) -> None:
        known = self.padded.of(seen.args[0])
        if known and _swaps_first_two(seen.args[1:]):
            self.padded.mark(seen.result, known._replace(axis=1 - known.axis))


def _swaps_first_two(axes: tuple[Any, ...]) -> bool:
    if len(axes) == 1 and isinstance(axes[0], (list, tuple)):
        axes = tuple(axes[0])
    return axes in ((0, 1), (1, 0), (1, 0, 2))
