"""What a comparison of two models finds, as plain frozen facts: `ModelComparison`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from retorch.replay import Size

Fit = Literal["same", "squeezed", "permuted", "other"]


@dataclass(frozen=True, slots=True)
class Row:
    """A call of a module of A beside the call of B that is taken for its counterpart.

    Attributes:
        a, b: the names of the modules, such as "layer1.0.conv1"; "" is the model itself, and "act#1" the second call.
        kind_a, kind_b: their classes; "" for a saved output.
        matched_by: "name map", "name", "structure" (parameters, class, order), "values" or "shape".
        shapes_a, shapes_b: of the tensors each gives.
        agree: whether all outputs agree, within the tolerance.
        size: how far the output that is furthest apart is; None where shapes do not let them be compared.
        relative: its largest difference over the largest magnitude in A's tensor; None where that cannot be told.
        inputs_agree: whether what both got agrees; None where that is not known.
        after: whether a row before this one departs already.
        hint: what is seen about the outputs: a permutation that makes them equal, another dtype, NaN.
        line_a, line_b: the lines of the user's source that made the calls.
    """

    a: str
    b: str
    kind_a: str
    kind_b: str
    matched_by: str
    shapes_a: tuple[tuple[int, ...], ...]
    shapes_b: tuple[tuple[int, ...], ...]
    agree: bool
    size: Size | None
    relative: float | None
    inputs_agree: bool | None
    after: bool
    hint: str = ""
    line_a: str = ""
    line_b: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the models part.

    Attributes:
        row: the first call, in the order in which A's calls end, whose output departs.
        inside: True where its inputs agree, so that the module itself does something else; False where they differ
            although no output before it did, so that code between two calls does; None where inputs are not known.
        behind: the last call before it whose output agrees: A's name and B's; None where there is none.
        between_a, between_b: calls without a counterpart that ran between `behind` and the row.
        findings: what an experiment or a comparison of the two modules showed, one sentence each.
    """

    row: Row
    inside: bool | None
    behind: tuple[str, str] | None = None
    between_a: tuple[str, ...] = ()
    between_b: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A module or call without a counterpart, and the likely reason."""

    name: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Carried:
    """Parameters and buffers of A and B that are taken for the same.

    Attributes:
        a, b: names; one side has several where the other keeps them joined along the first dimension.
        how: in words, empty where they are simply equal in shape: "transposed", "joined".
        agree: whether they held the same bits when the outputs were compared.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    how: str
    agree: bool


@dataclass(frozen=True, slots=True)
class GradientRow:
    """The gradients of one parameter in both models; `size` None where one of them has none."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    agree: bool
    size: Size | None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """All that was found about two models on one batch.

    Attributes:
        a, b: what they are called.
        ulp, rtol, atol: the tolerance.
        rows: in the order in which A's calls end.
        first: where they part; None where every row agrees.
        unmatched_a, unmatched_b: modules without a counterpart.
        carried: parameters and buffers that belong together.
        left_a, left_b: parameters and buffers without a counterpart.
        gradients: of the parameters, last layer first; empty where no backward was asked for.
        notes: what a reader should know about how it was compared, one sentence each.
    """

    a: str
    b: str
    ulp: int
    rtol: float
    atol: float
    rows: tuple[Row, ...]
    first: Departure | None
    unmatched_a: tuple[Unmatched, ...] = ()
    unmatched_b: tuple[Unmatched, ...] = ()
    carried: tuple[Carried, ...] = ()
    left_a: tuple[str, ...] = ()
    left_b: tuple[str, ...] = ()
    gradients: tuple[GradientRow, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def agree(self) -> bool:
        """Whether every output that could be compared agrees, and every gradient where they were asked for."""
        return self.first is None and all(row.agree for row in self.gradients)

    def __str__(self) -> str:
        from retorch.comparison.models._text import to_text  # noqa: PLC0415 - it needs these facts

        return to_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        from retorch.comparison.models._text import to_dict  # noqa: PLC0415 - as above

        return to_dict(self)
