"""`Operation` and `Trace`: what a replay wrote down, as plain facts, and the file that carries them to who compares."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from retorch.errors import RunFolderError
from retorch.runs import write_atomically

Phase: TypeAlias = Literal["start", "data", "forward", "backward", "optimizer", "validation"]

COMPILED = "compiled region"
"""The name of the one operation that stands for all that a region of `torch.compile` did."""

_FORMAT = 1


class Place(NamedTuple):
    """A line of the user's source: the file as Python knew it, the number from 1, the text without its indentation."""

    file: str
    line: int
    text: str


class Form(NamedTuple):
    """What a tensor is besides its values.

    `layout` is "" for a tensor that fills its memory in row-major order, else it tells strides and offset, or the kind.
    """

    shape: tuple[int, ...]
    dtype: str
    device: str
    layout: str

    @property
    def kind(self) -> tuple[tuple[int, ...], str]:
        """Shape and dtype: what two operations must have in common to be the same; a device is another question."""
        return self.shape, self.dtype


class Value(NamedTuple):
    """One tensor that an operation was given or left.

    Attributes:
        name: the argument in the operation's schema, such as "weight" or "tensors[2]"; "" for a result.
        fingerprint: of its values; 0 where they mean nothing (fresh memory) or cannot be read.
        form: shape, dtype and the like.
        memory: the number of its storage in this trace: the same number, the same memory.
    """

    name: str
    fingerprint: int
    form: Form
    memory: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation that computed something.

    Attributes:
        index: its place in the trace, from 0.
        step: the step it belongs to; -1 before the run began.
        name: such as "aten.addmm.default".
        arguments: the arguments that are no tensors, by their names in the schema, each as exact text.
        inputs: the tensors it was given, as they were before.
        outputs: the tensors that came out, then the arguments it wrote to, as they were after.
        phase: the part of the step.
        module: the path of the module that was computing, such as "model.net.0"; None outside of any.
        place: the user's line; in a backward pass that of the forward operation.
        stream: the state of the random stream before it drew numbers; None where it drew none.
    """

    index: int
    step: int
    name: str
    arguments: tuple[tuple[str, str], ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    phase: Phase
    module: str | None
    place: Place | None
    stream: int | None

    @property
    def random(self) -> bool:
        """Whether it drew random numbers."""
        return self.stream is not None


class ModuleCall(NamedTuple):
    """What a module returned, as one fingerprint. The second call of "model.net" in a step is named "model.net#1"."""

    step: int
    name: str
    fingerprint: int


@dataclass(frozen=True)
class Trace:
    """All operations of some consecutive steps.

    Attributes:
        operations: in the order in which they ran.
        calls: of modules, in the order in which they returned.
        names: what the run calls a memory: "model.net.0.weight", "optimizer.net.0.weight.exp_avg", "batch[0]".
        last: the fingerprints of parameters, buffers and optimizer state when the trace ended, by name.
        notes: what could not be seen, one sentence each.
    """

    operations: tuple[Operation, ...]
    calls: tuple[ModuleCall, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> range:
        """The steps that it holds operations of."""
        numbers = {operation.step for operation in self.operations}
        return range(min(numbers), max(numbers) + 1) if numbers else range(0)

    def modules(self, step: int) -> tuple[tuple[str, int], ...]:
        """Return name and fingerprint of what each module call of a step returned, in the order of returning."""
        return tuple((call.name, call.fingerprint) for call in self.calls if call.step == step)


def write_trace(trace: Trace, path: Path) -> None:
    """Write a trace into one compressed file of JSON lines, atomically."""
    write_atomically(path, gzip.compress("\n".join(_lines(trace)).encode(), compresslevel=1))


def read_trace(path: Path) -> Trace:
    """Read what `write_trace` wrote.

    Raises:
        RunFolderError: the file is damaged or of another format.
    """
    try:
        head, *rows = gzip.decompress(path.read_bytes()).decode().split("\n")
        facts = json.loads(head)
        if facts["format"] != _FORMAT:
            raise RunFolderError(f"{path} is a trace of format {facts['format']}; this version reads {_FORMAT}")
        return _trace(facts, rows)
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:
        raise RunFolderError(f"{path} cannot be read as a trace: {error!r}") from error


class _Table(dict[Any, int]):
    """Numbers things in the order in which they are first met: forms, lines and names come thousands of times."""

    def __missing__(self, key: Any) -> int:
        number = self[key] = len(self)
        return number


def _lines(trace: Trace) -> Iterator[str]:
    words, forms, places = _Table(), _Table(), _Table()

    def packed(values: tuple[Value, ...]) -> list[int]:
        return [
            number
            for value in values
            for number in (words[value.name], value.fingerprint, forms[value.form], value.memory)
        ]

    rows = [
        [
            operation.step,
            words[operation.name],
            [words[text] for pair in operation.arguments for text in pair],
            packed(operation.inputs),
            packed(operation.outputs),
            words[operation.phase],
            None if operation.module is None else words[operation.module],
            None if operation.place is None else places[operation.place],
            operation.stream,
        ]
        for operation in trace.operations
    ]
    yield json.dumps(
        {
            "format": _FORMAT,
            "words": list(words),
            "forms": list(forms),
            "places": list(places),
            "calls": trace.calls,
            "names": list(trace.names.items()),
            "last": dict(trace.last),
            "notes": trace.notes,
        }
    )
    yield from (json.dumps(row, separators=(",", ":")) for row in rows)


def _trace(facts: dict[str, Any], rows: list[str]) -> Trace:
    words = facts["words"]
    forms = [Form(tuple(shape), *rest) for shape, *rest in facts["forms"]]
    places = [Place(*place) for place in facts["places"]]

    def unpacked(numbers: list[int]) -> tuple[Value, ...]:
        fours = zip(*[iter(numbers)] * 4, strict=True)
        return tuple(Value(words[name], fingerprint, forms[form], memory) for name, fingerprint, form, memory in fours)

    def operation(index: int, row: str) -> Operation:
        step, name, arguments, inputs, outputs, phase, module, place, stream = json.loads(row)
        pairs = zip(*[iter([words[word] for word in arguments])] * 2, strict=True)
        return Operation(
            index,
            step,
            words[name],
            tuple(pairs),
            unpacked(inputs),
            unpacked(outputs),
            words[phase],
            None if module is None else words[module],
            None if place is None else places[place],
            stream,
        )

    return Trace(
        tuple(operation(index, row) for index, row in enumerate(rows)),
        tuple(ModuleCall(*call) for call in facts["calls"]),
        {int(memory): name for memory, name in facts["names"]},
        facts["last"],
        tuple(facts["notes"]),
    )
