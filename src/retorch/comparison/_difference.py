"""What a comparison finds, as plain frozen facts: `Comparison`, and in it the first `Difference`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from retorch.replay import Cause, Experiment, Size

Phase = Literal["start", "data", "forward", "backward", "optimizer", "validation"]
PHASES: tuple[Phase, ...] = ("start", "data", "forward", "backward", "optimizer", "validation")

Likelihood = Literal["likely", "possible", "unlikely"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the user's source.

    Attributes:
        file: the path as the run knew it.
        line: from 1.
        text: the line without its indentation, as it was when the run was made; empty where that is not known.
    """

    file: str
    line: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class First:
    """The first place where two runs part.

    Attributes:
        step: counted from 0; the difference arises in it, or before the first one (phase "start").
        epoch: counted from 0.
        phase: in which part of the step.
        detail: what within the phase, in words: "the order of the samples", "the augmentation", "dropout mask".
        tensor: the first tensor that differs, such as "model.net.0.weight", "loss" or "batch[0]"; None if unknown.
        module: the path of the module that was computing, such as "model.net.0"; "model" for the model itself.
        operation: the operation with equal inputs and unequal outputs, such as "aten.addmm.default"; where A and B
            did different operations, that of A (or of B where A did none).
        other_operation: that of B where it is another one; None where it is the same.
        a, b: the lines that set the operation off in each; in the backward pass those of the forward operation.
        size: how far the outputs are apart, where they could be compared.
        exact: False where only the record was looked at, so that the true place lies at or shortly before this one.
    """

    step: int
    epoch: int
    phase: Phase
    detail: str = ""
    tensor: str | None = None
    module: str | None = None
    operation: str | None = None
    other_operation: str | None = None
    a: Line | None = None
    b: Line | None = None
    size: Size | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Unlike:
    """One fact in which two environments differ.

    Attributes:
        name: dotted, such as "threads.intra", "cpu.model", "distributions.numpy", "variables.OMP_NUM_THREADS".
        a, b: the values as text; None where one of them has no such fact.
        likelihood: how likely it changes bits.
        why: one short sentence.
    """

    name: str
    a: str | None
    b: str | None
    likelihood: Likelihood
    why: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs part: where, by how much, why."""

    first: First
    causes: tuple[Cause, ...] = ()
    experiments: tuple[Experiment, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs, as far as a report shows it.

    Attributes:
        path: its folder.
        steps: how many steps its record holds.
        level: "off", "light" or "full".
        seed: of its random streams.
        command: its command line.
        environment: the last environment it ran in.
        config: its configuration, flat or nested JSON values.
    """

    path: Path
    steps: int
    level: str
    seed: int
    command: str
    environment: dict[str, Any]
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was found about two runs.

    Attributes:
        a, b: the runs.
        difference: None where they agree in everything that both recorded.
        compared_steps: how many steps both recorded.
        strip: agreement along the run for a drawing: (first step, steps, "equal" | "different" | "unknown") pieces in
            order, without gaps.
        modules: for each module of the model in its own order whether its output at the first differing step was
            equal; empty where no replay was made. None where it was not seen.
        unlike: in what the environments differ, likeliest first.
        notes: what could not be seen, and why, one sentence each.
    """

    a: Side
    b: Side
    difference: Difference | None
    compared_steps: int
    strip: tuple[tuple[int, int, str], ...] = ()
    modules: tuple[tuple[str, str, bool | None], ...] = ()
    unlike: tuple[Unlike, ...] = ()
    notes: tuple[str, ...] = field(default=())
