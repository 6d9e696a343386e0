"""`Event`: one thing that one operation did to memory, found in what it was given and what it returned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, Literal, NamedTuple, TypeAlias

from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from retorch.tracing._sizes import ELEMENTS_WRITTEN, bytes_seen

Kind: TypeAlias = Literal["copy", "write", "move"]
Arguments: TypeAlias = Sequence[Any]
Options: TypeAlias = Mapping[str, Any]
# Place and name of an argument.
Slot: TypeAlias = tuple[int, str]
# Finds the events of a call that has returned: from its arguments, its result, and the frame that called it.
Finder: TypeAlias = Callable[[Arguments, Options, Any, FrameType], Iterable["Event"]]


class Event(NamedTuple):
    """Something that one operation did. Holds live tensors: read it and let it go.

    Attributes:
        kind: "copy" filled new memory with values that were somewhere before; "write" changed memory that was there;
            "move" carried values between devices, into new memory or into memory that was there.
        tensor: the result, or what was written; of several the first.
        source: where the values came from, if that is a tensor.
        size: bytes copied, written or carried, of all tensors together.
        tensors: how many tensors were filled or written.
        in_place: whether the memory of `tensor` was there before.
        at_most: whether `size` is a bound, because a mask decided how much was written.
        target: the device that values were carried to.
        non_blocking: whether the call asked not to wait.
        waited: whether the host waited for a device.
    """

    kind: Kind
    tensor: Tensor
    source: Tensor | None
    size: int
    tensors: int = 1
    in_place: bool = False
    at_most: bool = False
    target: str = ""
    non_blocking: bool = False
    waited: bool = False


def nothing(*_: Any) -> Iterable[Event]:
    """Find no event: the operator is taken apart, or cannot be judged."""
    return ()


def copies(args: Arguments, options: Options, result: Any, _: FrameType) -> Iterable[Event]:
    """Find what an operator that fills new memory with old values did: a copy, or a move between devices."""
    filled = [result] if isinstance(result, Tensor) else _tensors((result,))
    source = _first_tensor(args)
    if source is None or not filled or filled[0].is_meta or source.is_meta:
        return ()
    first, size = filled[0], bytes_seen(filled[0]) if len(filled) == 1 else sum(map(bytes_seen, filled))
    if _on_one_device(first, source):
        return (Event("copy", first, source, size, len(filled)),)
    return (_move(source, first, size, len(filled), asked=bool(options.get("non_blocking"))),)


class Writes:
    """Finds what an operator wrote in place.

    Args:
        name: of the operator, without its overload.
        slots: place and name of each argument that is written.
        condition: the argument without which nothing is written, if there is one.
    """

    __slots__ = ("_condition", "_elements", "_slots")

    def __init__(self, name: str, slots: Sequence[Slot], condition: Slot | None = None) -> None:
        self._slots, self._condition, self._elements = slots, condition, ELEMENTS_WRITTEN.get(name)

    def __call__(self, args: Arguments, options: Options, result: Any, frame: FrameType) -> Iterable[Event]:  # noqa: ARG002
        if self._condition is not None and not _argument(self._condition, args, options):
            return ()
        written = self.written(args, options)
        if not written or written[0].is_meta:
            return ()
        first = written[0]
        if len(written) > 1:
            return (Event("write", first, None, sum(map(bytes_seen, written)), len(written), in_place=True),)
        elements, at_most = (None, False) if self._elements is None else self._elements(args)
        size = bytes_seen(first) if elements is None else elements * first.itemsize
        return (Event("write", first, None, size, in_place=True, at_most=at_most),)

    def written(self, args: Arguments, options: Options) -> list[Tensor]:
        """Return the tensors that are written, lists of them taken apart."""
        place = self._slots[0][0]
        if len(self._slots) == 1 and place < len(args) and isinstance(args[place], Tensor):
            return [args[place]]  # nearly always so
        return _tensors(_argument(slot, args, options) for slot in self._slots)


class Carries(Writes):
    """Finds what `copy_` did: a write, or a move where the values come from another device."""

    __slots__ = ()

    def __call__(self, args: Arguments, options: Options, result: Any, frame: FrameType) -> Iterable[Event]:  # noqa: ARG002
        written, sources = self.written(args, options), _tensors(args[1:2])
        if not written or not sources or written[0].is_meta or sources[0].is_meta:
            return ()
        first, source, size = written[0], sources[0], sum(map(bytes_seen, written))
        if _on_one_device(first, source):
            return (Event("write", first, source, size, len(written), in_place=True),)
        asked = bool(args[2] if len(args) > 2 else options.get("non_blocking"))
        return (_move(source, first, size, len(written), asked=asked)._replace(in_place=True),)


def reads_number(args: Arguments, _: Options, __: Any, ___: FrameType) -> Iterable[Event]:
    """Find what `item()`, `float(x)` or `if x:` did: on a device one number comes to the host, which waits for it."""
    tensor = args[0]
    if tensor.is_cpu or tensor.is_meta:
        return ()
    return (Event("move", tensor, tensor, tensor.itemsize, target="cpu", waited=True),)


def _on_one_device(one: Tensor, other: Tensor) -> bool:
    # Two flags take a third of the time of two devices.
    return (one.is_cpu and other.is_cpu) or one.device == other.device


def _argument(slot: Slot, args: Arguments, options: Options) -> Any:
    place, name = slot
    return args[place] if place < len(args) else options.get(name)


def _move(source: Tensor, target: Tensor, size: int, tensors: int, *, asked: bool) -> Event:
    waited = (source.is_cpu or target.is_cpu) and not (asked and _is_pinned(source if source.is_cpu else target))
    return Event(
        "move", target, source, size, tensors, target=str(target.device), non_blocking=asked, waited=waited
    )  # fmt: skip


def _is_pinned(host: Tensor) -> bool:
    """Tell whether the device can read the host's memory by itself; without that, "non-blocking" waits all the same."""
    with suppress(RuntimeError, NotImplementedError), _disable_current_modes():
        return host.is_pinned()
    return False


def _first_tensor(values: Sequence[Any]) -> Tensor | None:
    if values and isinstance(values[0], Tensor):
        return values[0]
    return next(iter(_tensors(values)), None)


def _tensors(values: Iterable[Any]) -> list[Tensor]:
    """Return the tensors among some values, and those in lists and tuples of them."""
    found = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif type(value) in (list, tuple):
            found += [item for item in value if isinstance(item, Tensor)]
    return found
