"""What a model is made of: a table of its modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from retorch.loop._evaluation import device_of, evaluating
from retorch.tensors import to_device


@dataclass(frozen=True, slots=True)
class Row:
    """One module: its own parameters only, so that the rows add up to the whole."""

    name: str
    kind: str
    parameters: int
    trainable: int
    shapes: tuple[tuple[int, ...], ...]
    mode: str
    output: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Facts of a model; `print` shows them as a table.

    Attributes:
        rows: one a module that owns parameters or has no children.
        parameters: numbers in all parameters, tied ones counted once.
        trainable: those with requires_grad.
        bytes: of all parameters and buffers, tied ones counted once.
    """

    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    bytes: int

    def table(self) -> Table:
        """Return the summary as a rich table."""
        table = Table(title="Model", title_justify="left", caption=self._total(), caption_justify="left")
        with_output = any(row.output for row in self.rows)
        for name in ("module", "kind", "parameters", "shapes", "state", *(("output",) if with_output else ())):
            table.add_column(name, justify="right" if name == "parameters" else "left", overflow="fold")
        for row in self.rows:
            cells = [
                row.name,
                row.kind,
                f"{row.parameters:,}" if row.parameters else "",
                _shapes(row.shapes),
                _state(row),
            ]
            table.add_row(*cells, *([_shape(row.output)] if with_output else []))
        return table

    def _total(self) -> str:
        frozen = self.parameters - self.trainable
        return (
            f"{self.parameters:,} parameters, {self.trainable:,} trainable, {frozen:,} frozen, "
            f"{self.bytes / 1e6:.2f} MB"
        )

    def __str__(self) -> str:
        console = Console(width=110, no_color=True)
        with console.capture() as capture:
            console.print(self.table())
        return capture.get()


def summary(model: nn.Module, sample: Any = None) -> Summary:
    """Say what a model is made of: modules, parameters, shapes, trainable or frozen, train or eval mode.

    Args:
        model: its modes, weights, buffers and the random streams stay as they are.
        sample: a batch of inputs to run through it, for the shapes of the outputs; None leaves them out.

    >>> facts = summary(torch.nn.Linear(2, 3))
    >>> facts.parameters, facts.trainable
    (9, 9)
    """
    outputs = {} if sample is None else _output_shapes(model, sample)
    rows = tuple(_row(name or "(itself)", module, outputs.get(name)) for name, module in model.named_modules()
                 if _is_shown(module))  # fmt: skip
    parameters = list(model.parameters())
    return Summary(
        rows=rows,
        parameters=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        bytes=sum(t.numel() * t.element_size() for t in (*parameters, *model.buffers())),
    )


def _is_shown(module: nn.Module) -> bool:
    return next(module.parameters(recurse=False), None) is not None or next(module.children(), None) is None


def _row(name: str, module: nn.Module, output: tuple[int, ...] | None) -> Row:
    own = list(module.parameters(recurse=False))
    return Row(
        name=name,
        kind=type(module).__name__,
        parameters=sum(p.numel() for p in own),
        trainable=sum(p.numel() for p in own if p.requires_grad),
        shapes=tuple(tuple(p.shape) for p in own),
        mode="train" if module.training else "eval",
        output=output,
    )


def _output_shapes(model: nn.Module, sample: Any) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = [module.register_forward_hook(_noting(name, shapes)) for name, module in model.named_modules()]
    try:
        with evaluating(model):
            model(to_device(sample, device_of(model)))
    finally:
        for hook in hooks:
            hook.remove()
    return shapes


def _noting(name: str, shapes: dict[str, tuple[int, ...]]) -> Any:
    def note(_module: nn.Module, _inputs: Any, output: Any) -> None:
        tensors = list(_tensors(output))
        if tensors:
            shapes[name] = tuple(tensors[0].shape)

    return note


def _tensors(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, (tuple, list)):
        yield from (item for item in output if isinstance(item, torch.Tensor))


def _state(row: Row) -> str:
    if not row.parameters:
        return row.mode
    frozen = "frozen" if not row.trainable else "trainable" if row.trainable == row.parameters else "partly frozen"
    return f"{frozen}, {row.mode}"


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    return "  ".join(map(_shape, shapes))


def _shape(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else "[" + ", ".join(map(str, shape)) + "]"
