"""`Tracer`: the observer that traces some steps of a run, operation by operation, into a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import xxhash
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils._python_dispatch import _get_current_dispatch_mode

from retorch.events import (
    Observer,
    ObserverHub,
    RunEnded,
    RunStarted,
    StepEnded,
    StepStarted,
    ValidationEnded,
    ValidationStarted,
)
from retorch.recorder import state_of
from retorch.replay._memories import Memories, Word
from retorch.replay._mode import Note, Row, Tracing, tensors_in
from retorch.replay._operations import ModuleCall, Operation, Trace, Value, write_trace
from retorch.replay._places import Places
from retorch.replay._regions import meeting_regions

_MOST_BEFORE = 200_000
_MOST_IN_A_STEP = 1_000_000


class Tracer(Observer):
    """Writes down every operation of some steps, with fingerprints of what went in and what came out.

    What runs between the end of one step and the end of the next belongs to the next, so the code round the steps and
    a validation are in it. The traced steps compute the same bits as untraced ones, some times slower.

    Args:
        steps: which steps, counted from 0.
        out: the file, written when the last of them has ended; `read_trace` reads it.
        capture: the indices of operations whose tensors are kept, for `Captured.load`.
        capture_to: the folder for them, one file each: see `captured_file`.
        eager: run what `torch.compile` made eagerly while tracing, which lets one look inside and changes the bits.
    """

    essential: ClassVar[bool] = True

    def __init__(
        self, steps: range, *, out: Path, capture: frozenset[int] = frozenset(), capture_to: Path | None = None,
        eager: bool = False,
    ) -> None:  # fmt: skip
        self._steps, self._out, self._eager = steps, out, eager
        self._places, self._memories = Places(), Memories()
        self._mode = Tracing(self._memories, self._places, capture=capture, capture_to=capture_to)
        self._places.owner_of = self._owner_of
        self._parts: Mapping[str, Any] = {}
        self._names: dict[int, str] = {}
        self._calls: list[tuple[int, str, list[Word]]] = []
        self._counts: dict[str, int] = {}
        self._open = ExitStack()
        self._is_open = self._is_written = self._is_hooked = False

    def attach(self, hub: ObserverHub) -> None:
        """Ask for the run's events."""
        hub.on(RunStarted, self._start_run)
        hub.on(StepStarted, lambda event: self._take_batch(event.batch))
        hub.on(StepEnded, self._end_step)
        hub.on(ValidationStarted, lambda _: self._validate(begins=True))
        hub.on(ValidationEnded, lambda _: self._validate(begins=False))
        hub.on(RunEnded, lambda _: self.close())

    @contextmanager
    def tracing_start(self) -> Iterator[None]:
        """Trace what comes before the run too, as step -1, where step 0 is wanted; for round the whole script."""
        if 0 in self._steps:
            self._enter()
            self._mode.write_on(_MOST_BEFORE)
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """Stop, and write what was traced so far. Closing twice does nothing."""
        if self._is_written or not self._is_open:
            return
        if self._mode.is_on:
            self._mode.note(f"the run ended before step {self._places.step} was complete")
        self._leave()

    # -- the run's events

    def _start_run(self, event: RunStarted) -> None:
        self._parts = event.parts
        self._go_on(event.state.step)

    def _take_batch(self, batch: Any) -> None:
        """Learn what the loop got from its loader, so that its tensors are called "batch[0]"."""
        if self._is_open and not self._is_written:
            self._call_by_name("batch", batch)
            self._places.begin_body()

    def _end_step(self, event: StepEnded) -> None:
        self._refuse_failure()
        if event.state.step >= self._steps.stop and self._is_open:
            self._leave()
        else:
            self._go_on(event.state.step)

    def _go_on(self, step: int) -> None:
        """Begin a step, if it is to be traced."""
        if step not in self._steps or self._is_written:
            return
        if not self._is_open:
            self._enter()
        self._watch_parts()
        self._counts.clear()
        self._memories.forget_known()
        self._places.begin_step(step)
        self._mode.write_on(_MOST_IN_A_STEP)

    def _validate(self, *, begins: bool) -> None:
        self._places.is_validating = begins

    def _refuse_failure(self) -> None:
        if self._mode.failure is not None:
            raise self._mode.failure

    # -- in and out

    def _enter(self) -> None:
        self._is_open = True
        if self._eager:
            self._open.enter_context(torch.compiler.set_stance("force_eager"))
        self._open.enter_context(meeting_regions(self._mode.region))
        self._open.callback(register_optimizer_step_pre_hook(self._begin_update).remove)
        self._open.callback(register_optimizer_step_post_hook(self._end_update).remove)
        self._mode.__enter__()  # type: ignore[no-untyped-call]

    def _leave(self) -> None:
        self._mode.is_on = False
        # Under a mode of the user's it stays, and does nothing any more.
        if _get_current_dispatch_mode() is self._mode:
            self._mode.__exit__(None, None, None)  # type: ignore[no-untyped-call]
        self._open.close()
        self._is_open, self._is_written = False, True
        write_trace(self._trace(), self._out)
        self._refuse_failure()

    # -- what the run's parts are called

    def _watch_parts(self) -> None:
        """Hook the modules once, and name what the parts hold at each step: optimizer state appears late."""
        with self._mode.paused():
            for name, tensor in state_of(self._parts)[0].items():
                self._name(name, tensor)
        if not self._is_hooked:
            self._is_hooked = True
            for name, module in _modules_of(self._parts):
                self._hook(name, module)

    def _hook(self, name: str, module: nn.Module) -> None:
        def before(module: nn.Module, args: Any) -> None:
            if not torch.compiler.is_compiling():
                self._begin_call(name, module, args)

        def after(module: nn.Module, args: Any, output: Any) -> None:  # noqa: ARG001
            if not torch.compiler.is_compiling():
                self._end_call(name, output)

        self._open.callback(module.register_forward_pre_hook(before, prepend=True).remove)
        self._open.callback(module.register_forward_hook(after).remove)

    def _begin_call(self, name: str, module: nn.Module, args: Any) -> None:
        if not self._places.modules:
            self._call_by_name(f"{name}.input", args)
        self._places.enter(name, training=module.training)

    def _end_call(self, name: str, output: Any) -> None:
        self._places.leave(name)
        if not self._mode.is_on:
            return
        with self._mode.paused():
            words = [self._memories.look(tensor)[0] for tensor in tensors_in(output)]
        count = self._counts[name] = self._counts.get(name, -1) + 1
        self._calls.append((self._places.step, f"{name}#{count}" if count else name, words))

    def _begin_update(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        self._places.optimizers += 1
        with self._mode.paused():
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    self._name_gradient(parameter)

    def _end_update(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        self._places.optimizers = max(0, self._places.optimizers - 1)

    def _name_gradient(self, parameter: Any) -> None:
        owner = self._memories.of(parameter)
        if parameter.grad is not None and owner is not None and owner.number in self._names:
            self._name(f"{self._names[owner.number]}.grad", parameter.grad)

    def _owner_of(self, parameter: Any) -> str | None:
        """Return the module that a parameter belongs to."""
        memory = self._memories.of(parameter) if isinstance(parameter, Tensor) else None
        name = "" if memory is None else self._names.get(memory.number, "")
        return name.rpartition(".")[0] or None

    def _call_by_name(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor):
            self._name(name, value)
        elif isinstance(value, (list, tuple)):
            for place, inner in enumerate(value):
                self._call_by_name(f"{name}[{place}]", inner)
        elif isinstance(value, dict):
            for key, inner in value.items():
                self._call_by_name(f"{name}[{key!r}]", inner)

    def _name(self, name: str, tensor: Tensor) -> None:
        memory = self._memories.of(tensor)
        if memory is not None:
            self._names.setdefault(memory.number, name)

    # -- what is written

    def _trace(self) -> Trace:
        tensors = state_of(self._parts)[0]
        for name, tensor in tensors.items():
            self._name(name, tensor)
        with torch.no_grad():
            last = {name: _read(self._memories.look(tensor)[0]) for name, tensor in tensors.items()}
        return Trace(
            tuple(_operation(index, row) for index, row in enumerate(self._mode.rows)),
            tuple(ModuleCall(step, name, _joined(words)) for step, name, words in self._calls),
            self._names,
            last,
            tuple(self._mode.notes),
        )


def _modules_of(parts: Mapping[str, Any]) -> Iterator[tuple[str, nn.Module]]:
    for part, root in parts.items():
        if isinstance(root, nn.Module):
            for path, module in root.named_modules():
                if not isinstance(module, torch.jit.ScriptModule):
                    yield f"{part}.{path}" if path else part, module


def _operation(index: int, row: Row) -> Operation:
    inputs, outputs = _values(row.inputs), _values(row.outputs)
    return Operation(
        index, row.step, row.name, row.arguments, inputs, outputs, row.phase, row.module, row.place, row.stream
    )


def _values(notes: list[Note]) -> tuple[Value, ...]:
    return tuple(Value(name, _read(word), form, memory) for name, (word, form, memory) in notes)


def _read(word: Word) -> int:
    return word if isinstance(word, int) else int(word.read()[0])


def _joined(words: list[Word]) -> int:
    """Make one fingerprint of several."""
    if len(words) == 1:
        return _read(words[0])
    return xxhash.xxh3_64_intdigest(np.array([_read(word) for word in words], "<u8").tobytes())
