"""`first_parting`: the first place where two traces part, told from what only looks like a difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from retorch.replay._align import align, call_of
from retorch.replay._operations import Form, Operation, Phase, Trace, Value

Kind: TypeAlias = Literal["output", "operation", "argument", "input", "random"]


@dataclass(frozen=True, slots=True)
class Parting:
    """The first place where two traces part.

    Attributes:
        kind: "output": equal inputs and unequal outputs. "operation": one did what the other did not, or something
            else. "argument": the same operation with another number, dtype, shape or view. "input": the same
            operation was given other values, which no operation of the trace made. "random": equal inputs, another
            random stream.
        a, b: the operation in each; None where that one did nothing there. `index` tells its place in the trace.
        phase: the part of the step in which the difference arises; "start" for what differed before the trace.
        tensor: the tensor that differs, by the run's name for it where it has one ("model.net.0.weight", "batch[0]"),
            else by what the operation calls it; None where a number differs.
        detail: what differs, in words.
        notes: what else the two did differently without an effect, and what could not be seen, one sentence each.
    """

    kind: Kind
    a: Operation | None
    b: Operation | None
    phase: Phase
    tensor: str | None = None
    detail: str = ""
    notes: tuple[str, ...] = ()


def first_parting(a: Trace, b: Trace) -> Parting | None:
    """Return the first place where two traces part; None where they agree in all that has an effect.

    An operation that only one of them did matters if something that it wrote or drew is used later on by one that
    both did, or stays in a parameter, a buffer or the optimizer's state.
    """
    return _Walk(a, b).parting()


@dataclass(frozen=True, slots=True)
class _Writer:
    """Who last wrote to a memory.

    `first` is the first operation that only this trace did on the way to it; `gap` counts what both did before.
    `carrier` is the one that brought it into memory of both: the layer that wrote its running mean in a validation,
    and not what made the validation's batch. Where it went on through new memory, it is `first`.
    """

    first: Operation | None
    gap: int
    carrier: Operation | None = None

    @property
    def order(self) -> tuple[int, int]:
        """What comes earlier is smaller."""
        return self.gap, self.first.index if self.first else -1


Writers: TypeAlias = tuple[_Writer | None, _Writer | None]
"""Who wrote to a memory in A, and who in B."""


class _Side:
    """One of the two traces, as far as it was walked.

    Attributes:
        alone: the operations that only this one did.
        trailing: those of them that nothing both did has followed yet.
        drawn: the first of them that drew random numbers since both last did.
    """

    def __init__(self, name: str, trace: Trace) -> None:
        self.name, self.trace = name, trace
        self.alone: list[Operation] = []
        self.trailing: list[Operation] = []
        self.drawn: Operation | None = None
        self._writers: dict[int, _Writer] = {}
        self._written: dict[int, Value] = {}

    def pass_common(self, operation: Operation, gap: int) -> None:
        self.trailing.clear()
        if operation.random:
            self.drawn = None
        for value in operation.outputs:
            self._write(value, _Writer(None, gap))

    def pass_alone(self, operation: Operation, gap: int) -> None:
        self.alone.append(operation)
        self.trailing.append(operation)
        if operation.random and self.drawn is None:
            self.drawn = operation
        writer = self._earliest(operation) or _Writer(operation, gap, operation)
        for value in operation.outputs:
            self._write(value, replace(writer, carrier=self._carrier(operation, value) or writer.carrier))

    def _carrier(self, operation: Operation, value: Value) -> Operation | None:
        """Return the operation that brought what only this trace did into a memory of both; None for new memory."""
        before = self.writer(value)
        known = before is not None or _has_read(operation, value) or self.is_state(value)
        if not value.name or not known:
            return None
        return before.carrier if before and before.first else operation

    def _earliest(self, operation: Operation) -> _Writer | None:
        found = [writer for value in operation.inputs if value.fingerprint and (writer := self.writer(value))]
        return min((writer for writer in found if writer.first), key=lambda writer: writer.order, default=None)

    def _write(self, value: Value, writer: _Writer) -> None:
        if value.memory:
            self._writers[value.memory] = writer
            self._written[value.memory] = value

    def writer(self, value: Value) -> _Writer | None:
        return self._writers.get(value.memory)

    def state(self) -> dict[str, tuple[_Writer | None, Value | None]]:
        """Return for each name of a parameter, a buffer or optimizer state who wrote it last, and what."""
        memories = {name: memory for memory, name in self.trace.names.items() if name in self.trace.last}
        return {name: (self._writers.get(one), self._written.get(one)) for name, one in memories.items()}

    def is_state(self, value: Value) -> bool:
        """Tell whether a value is a parameter, a buffer or optimizer state."""
        return self.trace.names.get(value.memory) in self.trace.last

    def call(self, value: Value) -> str:
        """Name a tensor as the run does, else as the operation does."""
        return self.trace.names.get(value.memory) or value.name or "the result"

    def notes(self, before: Operation | None) -> Iterator[str]:
        """Say what this trace did alone without an effect, and what was not seen in it."""
        alone = [one for one in self.alone if before is None or one.index < before.index]
        if alone:
            place = f" at {alone[0].place.file}:{alone[0].place.line}" if alone[0].place else ""
            yield (
                f"before that {self.name} did {len(alone)} operations that the other did not, without an effect on "
                f"what both did: the first is {alone[0].name}{place}"
            )
        yield from (f"{self.name}: {note}" for note in self.trace.notes)


class _Walk:
    def __init__(self, a: Trace, b: Trace) -> None:
        self._a, self._b = _Side("A", a), _Side("B", b)

    def parting(self) -> Parting | None:
        for gap, (one, other) in enumerate(align(self._a.trace.operations, self._b.trace.operations)):
            if one is None or other is None:
                self._pass_alone(one, other)
                continue
            found = self._judge(one, other)
            if found is not None:
                return found
            self._gap = gap
            self._a.pass_common(one, gap)
            self._b.pass_common(other, gap)
        return self._judge_the_end()

    _gap = -1

    def _pass_alone(self, one: Operation | None, other: Operation | None) -> None:
        if one is not None:
            self._a.pass_alone(one, self._gap)
        if other is not None:
            self._b.pass_alone(other, self._gap)

    def _judge(self, one: Operation, other: Operation) -> Parting | None:
        inputs = [pair for pair in zip(one.inputs, other.inputs, strict=True) if _are_unlike(*pair)]
        if inputs:
            return self._origin(one, other, inputs)
        unlike = next((pair for pair in zip(one.outputs, other.outputs, strict=False) if _are_unlike(*pair)), None)
        if unlike is None:
            return None
        if one.stream != other.stream:
            return self._random(one, other)
        return self._made("output", one, other, one.phase, self._a.call(unlike[0]), "equal inputs, unequal outputs")

    def _origin(self, one: Operation, other: Operation, pairs: list[tuple[Value, Value]]) -> Parting:
        """Say where unequal inputs come from: all that both did so far left equal values."""
        writers = [(self._a.writer(left), self._b.writer(right)) for left, right in pairs]
        if any(writer and writer.first for pair in writers for writer in pair):
            return self._did_alone([*writers, *self._unlike_state()])
        left, right = pairs[0]
        if all(writers[0]) and left.form.layout != right.form.layout:
            detail = f"{left.name}: {left.form.layout or 'the whole'} in A, {right.form.layout or 'the whole'} in B"
            return self._made("argument", one, other, one.phase, self._a.call(left), detail)
        return self._given(one, other, left)

    def _unlike_state(self) -> list[Writers]:
        """Return who wrote what the run carries on, where both wrote it and left unequal values."""
        there = self._b.state()
        found = [(here, there[name]) for name, here in self._a.state().items() if name in there]
        return [(one[0], other[0]) for one, other in found if one[1] and other[1] and _are_unlike(one[1], other[1])]

    def _given(self, one: Operation, other: Operation, value: Value) -> Parting:
        """Tell of a value that no traced operation made."""
        name = self._a.call(value)
        if self._a.is_state(value):
            return self._made("input", one, other, "start", name, "it differed before the first traced operation")
        made = next((self._a.call(output) for output in one.outputs if output.memory in self._a.trace.names), "")
        phase: Phase = "data" if one.phase == "forward" else one.phase
        detail = f"{value.name} of {one.name} has other values, which no traced operation made"
        return self._made("input", one, other, phase, made if name == value.name and made else name, detail)

    def _did_alone(self, writers: list[Writers]) -> Parting:
        """Tell of the first of the operations that only one trace did, from which a difference comes."""
        in_a, in_b = (min((one for one in side if one and one.first), key=lambda one: one.order, default=None)
                      for side in zip(*writers, strict=True))  # fmt: skip
        if in_a and in_b and in_a.gap != in_b.gap:
            in_a, in_b = (in_a, None) if in_a.gap < in_b.gap else (None, in_b)
        if in_a and in_b:
            return self._unlike(in_a.first, in_b.first)
        return self._unlike(in_a.carrier if in_a else None, in_b.carrier if in_b else None)

    def _unlike(self, one: Operation | None, other: Operation | None) -> Parting:
        if one and other and one.name == other.name:
            return self._unlike_calls(one, other)
        side, present = (self._a, one) if one else (self._b, other)
        assert present is not None
        tensor = side.call(present.outputs[0]) if present.outputs else None
        detail = "other operations" if one and other else f"an operation that only {side.name} did"
        return self._made("operation", one, other, present.phase, tensor, detail)

    def _unlike_calls(self, one: Operation, other: Operation) -> Parting:
        tensor = self._a.call(one.outputs[0]) if one.outputs else None
        if call_of(one) != call_of(other):
            return self._made("argument", one, other, one.phase, tensor, _unlike_arguments(one, other))
        unlike = next((pair for pair in zip(one.inputs, other.inputs, strict=True) if _are_unlike(*pair)), None)
        if unlike is None:
            return self._made("operation", one, other, one.phase, tensor, "done in another order")
        return self._given(one, other, unlike[0])

    def _random(self, one: Operation, other: Operation) -> Parting:
        if self._a.drawn or self._b.drawn:
            found = self._unlike(self._a.drawn, self._b.drawn)
            return replace(found, detail=f"{found.detail}; it draws from the random stream")
        return self._made("random", one, other, one.phase, self._a.call(one.outputs[0]), "another random stream")

    def _judge_the_end(self) -> Parting | None:
        last_a, last_b = self._a.trace.last, self._b.trace.last
        for name, fingerprint in last_a.items():
            if last_b.get(name, fingerprint) != fingerprint:
                return self._left_unlike(name)
        if self._a.trailing and self._b.trailing:
            return self._unlike(self._a.trailing[0], self._b.trailing[0])
        return None

    def _left_unlike(self, name: str) -> Parting:
        writers = self._a.state()[name][0], self._b.state()[name][0]
        if any(writer and writer.first for writer in writers):
            return self._did_alone([writers, *self._unlike_state()])
        return self._made("input", None, None, "start", name, "it differs, and no traced operation used it")

    def _made(  # noqa: PLR0917
        self, kind: Kind, one: Operation | None, other: Operation | None, phase: Phase, tensor: str | None, detail: str
    ) -> Parting:
        notes = (*self._a.notes(one), *self._b.notes(other))
        return Parting(kind, one, other, phase, tensor, detail, notes)


def _are_unlike(left: Value, right: Value) -> bool:
    """Tell whether two values differ; a fingerprint of 0 tells nothing."""
    if left.form.kind != right.form.kind:
        return True
    return bool(left.fingerprint and right.fingerprint) and left.fingerprint != right.fingerprint


def _has_read(operation: Operation, value: Value) -> bool:
    return any(given.memory == value.memory and given.fingerprint for given in operation.inputs)


def _unlike_arguments(one: Operation, other: Operation) -> str:
    left, right = dict(one.arguments), dict(other.arguments)
    for name in left | right:
        if left.get(name) != right.get(name):
            return f"{name} is {left.get(name, 'not given')} in A, {right.get(name, 'not given')} in B"
    forms = {value.name: value.form for value in other.inputs}
    for value in one.inputs:
        there = forms.get(value.name)
        if there is None or there.kind != value.form.kind:
            return f"{value.name} is {_form(value.form)} in A, {_form(there)} in B"
    return f"{len(one.inputs)} tensors in A, {len(other.inputs)} in B"


def _form(form: Form | None) -> str:
    return "not given" if form is None else f"{form.dtype} {list(form.shape)}"
