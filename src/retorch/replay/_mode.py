"""`Tracing`: torch's dispatch mode that writes down every operation that computes, before and after."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch._C import DispatchKey
from torch._C._dynamo import eval_frame
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data.dataloader import _BaseDataLoaderIter

import retorch
from retorch.fingerprints import fingerprint
from retorch.replay._captured import Captured, Copies, captured_file
from retorch.replay._memories import Look, Memories
from retorch.replay._operations import COMPILED, Phase, Place
from retorch.replay._places import Places
from retorch.replay._plans import Plan, Plans

_PLANS = Plans()
# What these rooms compute is about the run, and not of it.
_OURS = tuple(
    f"{Path(retorch.__file__).parent / room}{os.sep}" for room in ("fingerprints", "recorder", "checkpoints", "loggers")
)
# Every walk over a DataLoader draws a seed for its workers. That it draws matters to whatever draws next; the seed
# itself only to workers, and shows in the batches that they make.
_SEEDING_WORKERS = _BaseDataLoaderIter.__init__.__code__
_COMPOSITE = DispatchKey.CompositeImplicitAutograd
_NO_DISPATCH = Tensor.__torch_dispatch__
_PLAIN_TYPES = {(), (Tensor,), (nn.Parameter,), (Tensor, nn.Parameter), (nn.Parameter, Tensor)}
_PLAIN = (bool, int, float, complex, str, type(None), torch.dtype, torch.layout, torch.memory_format)

Note = tuple[str, Look]
"""The name of an argument, and its tensor as it was."""


class Row(NamedTuple):
    """An operation as it is kept until the trace is written: fingerprints may still be computed by a device."""

    step: int
    name: str
    arguments: tuple[tuple[str, str], ...]
    inputs: list[Note]
    outputs: list[Note]
    phase: Phase
    module: str | None
    place: Place | None
    stream: int | None


class Tracing(TorchDispatchMode):
    """Hands every operation on as it is, and writes down what went in and what came out.

    Args:
        memories: numbers storages and fingerprints tensors; an attribute too, as are the others.
        places: knows where in the run an operation stands.
        capture: the indices of operations whose tensors are kept.
        capture_to: the folder for their files.

    Attributes:
        rows: what was written down.
        notes: what a reader should know, in sentences; it grows.
        is_on: False when it only hands operations on.
        failure: the first error of our own, which switched it off.
    """

    supports_higher_order_operators = True

    def __init__(
        self, memories: Memories, places: Places, *, capture: frozenset[int] = frozenset(),
        capture_to: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__()  # type: ignore[no-untyped-call]
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self.is_on = False
        self.failure: Exception | None = None
        self.memories, self.places = memories, places
        self._most = 0
        self.capture, self.capture_to = capture, capture_to

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """Leave compiled code compiled; otherwise torch would run it eagerly, with other bits."""
        return True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # torch would wrap the method below, for 1 to 3 us an operation; `_hide_from_compiler` does it for nothing.
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the operation, and look at its tensors before and after."""
        if types not in _PLAIN_TYPES and _is_taken_apart_below(types):
            return NotImplemented
        kwargs = kwargs or {}
        plan = _PLANS[func]
        if plan.is_opaque:
            return func(*args, **kwargs)
        if plan.is_composite:
            with self:
                return func._op_dk(_COMPOSITE, *args, **kwargs)  # noqa: SLF001 - as torch's `decompose` does
        if not self.is_on or (types not in _PLAIN_TYPES and any(issubclass(kind, FakeTensor) for kind in types)):
            return func._op(*args, **kwargs)  # noqa: SLF001 - what `func(...)` calls
        frame = sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
        if frame.f_code.co_filename.startswith(_OURS):
            return func._op(*args, **kwargs)  # noqa: SLF001
        if plan.computes and not plan.is_blank:
            return self._traced(plan, func, args, kwargs, frame)
        result = func._op(*args, **kwargs)  # noqa: SLF001
        self._guarded(self._passed, plan, args, result, frame)
        return result

    def region(self, compiled: Callable[[Any], Any], inputs: list[Any], frame: FrameType) -> Any:
        """Run a compiled graph, and write it down as one operation that may have written to all its inputs."""
        if not self.is_on:
            return compiled(inputs)
        given = [tensor for tensor in inputs if isinstance(tensor, Tensor)]
        before = self._guarded(self._looked, given)
        self.is_on = False
        try:
            result = compiled(inputs)
        finally:
            self.is_on = True
        self._guarded(self._add_region, before, given, result, frame)
        return result

    def write_on(self, most: int) -> None:
        """Write down what comes, up to so many more operations; then stop and say so."""
        self._most = len(self.rows) + most
        self.is_on = self.failure is None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Write nothing down inside a `with`: what we do ourselves is not the run's."""
        before, self.is_on = self.is_on, False
        try:
            with torch.no_grad(), torch._C.DisableTorchFunction():  # noqa: SLF001 - as `torch.overrides` says
                yield
        finally:
            self.is_on = before

    def note(self, sentence: str) -> None:
        """Add a sentence, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _traced(self, plan: Plan, func: Any, args: Any, kwargs: Any, frame: FrameType) -> Any:
        before = self._guarded(_Before, self, plan, args, kwargs, frame)
        result = func._op(*args, **kwargs)  # noqa: SLF001
        if before is not None:
            self._guarded(before.finish, result)
        return result

    def _guarded(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function of ours; its failure must not become one of the user's code, which might catch it."""
        try:
            with torch._C.DisableTorchFunction():  # noqa: SLF001 - a mode of the user's is not to see our questions
                return function(*args)
        except Exception as error:  # noqa: BLE001 - as above
            self.is_on = False
            # Its traceback would keep the frames alive, and with them the tensors.
            self.failure = self.failure or error.with_traceback(None)
            return None

    def _passed(self, plan: Plan, args: Any, result: Any, frame: FrameType) -> None:
        self.places.link(frame)
        if plan.is_blank and type(result) is Tensor:
            self.memories.blank(result)
        elif plan.written and args:
            self.memories.wrote(args[0])  # `resize_` and `set_` leave other values

    def _looked(self, tensors: Sequence[Tensor]) -> list[Note]:
        return [(f"inputs[{place}]", self.memories.look(tensor)) for place, tensor in enumerate(tensors)]

    def _add_region(self, before: list[Note], given: list[Tensor], result: Any, frame: FrameType) -> None:
        for tensor in given:
            self.memories.wrote(tensor)
        after = [("", self.memories.look(tensor)) for tensor in tensors_in(result)]
        changed = [now for was, now in zip(before, self._looked(given), strict=True) if was[1][0] != now[1][0]]
        self.add(COMPILED, (), before, after + changed, frame, None)
        self.note("a region of torch.compile is one operation here: what it does inside is not seen")

    def add(  # noqa: PLR0917
        self, name: str, arguments: tuple[tuple[str, str], ...], inputs: list[Note], outputs: list[Note],
        frame: FrameType, stream: int | None,
    ) -> None:  # fmt: skip
        """Write an operation down."""
        places = self.places
        phase = places.phase(frame)
        place, module = places.spot(frame)
        self.rows.append(Row(places.step, name, arguments, inputs, outputs, phase, module, place, stream))
        if len(self.rows) >= self._most:
            self.is_on = False
            self.note(f"the trace was cut after {len(self.rows)} operations: step {places.step} has more")


class _Before:
    """One operation on its way: what is known before it is called, and what is added after."""

    def __init__(self, mode: Tracing, plan: Plan, args: Any, kwargs: Any, frame: FrameType) -> None:
        mode.places.link(frame)
        self._mode, self._plan, self._frame = mode, plan, frame
        self._inputs: list[Note] = []
        self._written: list[tuple[str, Tensor]] = []
        arguments: list[tuple[str, str]] = []
        for slot, value in zip(plan.slots, args):  # noqa: B905 - those with default values are left out
            self._take(slot, value, arguments)
        for slot, value in kwargs.items():
            self._take(slot, value, arguments)
        self._arguments = tuple(arguments)
        self._draw = _Draw(args, kwargs) if plan.may_draw else None
        self._kept = self._keep(args, kwargs) if len(mode.rows) in mode.capture else None

    def _take(self, slot: str, value: Any, arguments: list[tuple[str, str]]) -> None:
        if isinstance(value, Tensor):
            self._take_tensor(slot, slot, value)
        elif type(value) in (list, tuple) and any(isinstance(each, Tensor) for each in value):
            for place, each in enumerate(value):
                if isinstance(each, Tensor):
                    self._take_tensor(slot, f"{slot}[{place}]", each)
        else:
            arguments.append((slot, _text(value)))

    def _take_tensor(self, slot: str, name: str, tensor: Tensor) -> None:
        self._inputs.append((name, self._mode.memories.look(tensor, unread=slot in self._plan.unread)))
        if slot in self._plan.written:
            self._written.append((name, tensor))

    def _keep(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        copies = Copies()
        return copies.of(args), copies.of(kwargs)

    def finish(self, result: Any) -> None:
        memories, plan = self._mode.memories, self._plan
        for _, tensor in self._written:
            memories.wrote(tensor)
            if tensor._is_view():  # noqa: SLF001 - no public name
                self._mode.places.wrote_to_view()
        fresh = [each for each in tensors_in(result) if not any(each is tensor for _, tensor in self._written)]
        if 0 <= plan.workspace < len(fresh):
            memories.blank(fresh[plan.workspace])
        outputs = [("", memories.look(tensor)) for tensor in fresh]
        outputs += [(name, memories.look(tensor)) for name, tensor in self._written]
        stream = None if self._draw is None else self._draw.stream()
        if self._kept is not None:
            self._save([*fresh, *(tensor for _, tensor in self._written)])
        if self._frame.f_code is _SEEDING_WORKERS:
            outputs = []
        self._mode.add(plan.name, self._arguments, self._inputs, outputs, self._frame, stream)

    def _save(self, outputs: list[Tensor]) -> None:
        assert self._kept is not None
        args, kwargs = self._kept
        state = None if self._draw is None else self._draw.before
        captured = Captured(self._plan.name, args, kwargs, Copies().of(outputs), state)
        assert self._mode.capture_to is not None
        captured.save(captured_file(self._mode.capture_to, len(self._mode.rows)))


class _Draw:
    """Tells whether an operation drew random numbers, by the state of the generator that it would draw from."""

    def __init__(self, args: Any, kwargs: Any) -> None:
        self._generator = _generator_of(args, kwargs)
        self.before = None if self._generator is None else self._generator.get_state()

    def stream(self) -> int | None:
        """Return the fingerprint of the state before; None where nothing was drawn, 0 where it cannot be told."""
        if self._generator is None or self.before is None:
            return 0
        return None if torch.equal(self.before, self._generator.get_state()) else fingerprint(self.before)


def _generator_of(args: Any, kwargs: Any) -> torch.Generator | None:
    given = [*args, *kwargs.values()]
    own = next((value for value in given if isinstance(value, torch.Generator)), None)
    if own is not None:
        return own
    device = next((value.device for value in given if isinstance(value, Tensor)), kwargs.get("device"))
    if device is None or torch.device(device).type == "cpu":
        return torch.default_generator
    if torch.device(device).type == "cuda":
        index = torch.device(device).index
        return torch.cuda.default_generators[torch.cuda.current_device() if index is None else index]
    return None


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors of a result: itself, or those of tuples, lists and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors_in(tuple(value.values()))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from tensors_in(inner)


def _text(value: Any) -> str:
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_text, value))}]"
    # A device by its number, or an object of a library's, says nothing about what is computed.
    return value.type if isinstance(value, torch.device) else type(value).__name__


def _is_taken_apart_below(types: Iterable[type[Tensor]]) -> bool:
    """Tell whether a subclass is to turn an operation into others first, which are then seen one by one.

    Where another mode lies below, it is to see the same as without us; then the operation is traced as a whole.
    """
    if torch._C._len_torch_dispatch_stack():  # noqa: SLF001
        return False
    return any(kind.__torch_dispatch__ is not _NO_DISPATCH and not issubclass(kind, FakeTensor) for kind in types)


def _hide_from_compiler() -> None:
    """Tell `torch.compile` to leave the mode, and what it calls, as they are."""
    skip = eval_frame._FrameAction.SKIP  # noqa: SLF001 - as `torch._dynamo.eval_frame.skip_code`, without its import
    strategy = eval_frame._FrameExecStrategy(skip, skip)  # noqa: SLF001
    eval_frame.set_code_exec_strategy(Tracing.__torch_dispatch__.__code__, strategy)


_hide_from_compiler()
