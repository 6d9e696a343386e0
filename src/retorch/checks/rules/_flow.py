"""`Flow`: what is known of a tensor, handed on from the call that made it to the call that uses it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Generic, TypeVar

from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from retorch.checks._observations import OperationDone

Fact = TypeVar("Fact")

# Calls after which each value is still one that went in: it has moved, was copied, or others were left out.
MOVING = frozenset({
    "T", "__getitem__", "bfloat16", "chunk", "clamp", "clip", "clone", "contiguous", "cpu", "cuda", "data", "detach",
    "double", "flatten", "float", "half", "index_select", "mT", "movedim", "narrow", "permute", "ravel", "reshape",
    "select", "split", "squeeze", "swapaxes", "t", "to", "transpose", "type", "type_as", "unbind", "unflatten",
    "unsqueeze", "view", "view_as",
})  # fmt: skip

# What people do to an output before they compare it with the truth. Nothing that adds an axis or takes an average.
JUDGING = frozenset({
    "__ge__", "__gt__", "__le__", "__lt__", "abs", "argmax", "bool", "clamp", "clone", "contiguous", "cpu", "detach",
    "exp", "flatten", "float", "ge", "gt", "int", "le", "log", "log_softmax", "long", "lt", "max", "ravel", "round",
    "sigmoid", "softmax", "squeeze", "tanh", "to",
})  # fmt: skip


class Flow(Generic[Fact]):
    """Facts about tensors, each forgotten with its tensor.

    Args:
        keeps: names of the calls after which the fact of an argument is true of the result.
    """

    def __init__(self, keeps: Collection[str] = MOVING) -> None:
        self._keeps = keeps
        self._facts: Any = WeakTensorKeyDictionary()

    def mark(self, made: Any, fact: Fact) -> None:
        """Note a fact about a tensor, or about each of several."""
        for tensor in tensors_in(made):
            self._facts[tensor] = fact

    def of(self, value: Any) -> Fact | None:
        """Return what is known of a value."""
        found: Fact | None = self._facts.get(value) if isinstance(value, Tensor) else None
        return found

    def forget(self, tensor: Tensor) -> None:
        """Forget what was known of a tensor, because it was written."""
        self._facts.pop(tensor, None)

    def follow(self, seen: OperationDone) -> None:
        """Hand on what is known of the first argument, where the call keeps it true."""
        if self._facts and name_of(seen.function) in self._keeps:
            fact = self.of(seen.args[0] if seen.args else seen.kwargs.get("input"))
            if fact is not None:
                self.mark(seen.result, fact)


def name_of(function: Callable[..., Any]) -> str:
    """Return the short name of a function of torch; for the value of an attribute, that of the attribute."""
    name: str = getattr(function, "__name__", "")
    return getattr(getattr(function, "__self__", None), "__name__", "") if name == "__get__" else name


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield a tensor, or those in a list or tuple."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        yield from (each for each in value if isinstance(each, Tensor))
