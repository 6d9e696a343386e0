"""What a model is made of: a table of its modules."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from rich.text import Text
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from retorch.loop._evaluation import device_of, evaluating
from retorch.tensors import to_device


@dataclass(frozen=True, slots=True)
class Row:
    """One module: its own parameters only, so that the rows add up to the whole.

    Attributes:
        name: its path in the model.
        kind: its class.
        parameters: numbers in its parameters, less those that an earlier row has (tied weights).
        trainable: those of them with requires_grad.
        shapes: of all its parameters; tied ones have a shape here too, uninitialised ones have none.
        state: "trainable", "frozen", "partly frozen", "tied", "uninitialised", or "" without parameters.
        mode: "train" or "eval".
        output: the shape of its output's first tensor, for a sample.
    """

    name: str
    kind: str
    parameters: int
    trainable: int
    shapes: tuple[tuple[int, ...], ...]
    state: str
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
            cells: list[str | Text] = [
                Text(row.name),  # a name may look like rich's own markup
                row.kind,
                f"{row.parameters:,}" if row.parameters else "",
                _shapes(row.shapes),
                f"{row.state}, {row.mode}" if row.state else row.mode,
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
        model: its modes, weights, buffers and the random streams stay as they are. Parameters that a lazy module has
            not made yet count as none.
        sample: a batch of inputs to run through it, for the shapes of the outputs; None leaves them out. A model with
            lazy modules is copied for it, and the copy, which the sample has initialised, is what is summed up.

    >>> facts = summary(torch.nn.Linear(2, 3))
    >>> facts.parameters, facts.trainable
    (9, 9)
    """
    if sample is not None and any(map(is_lazy, model.parameters())):
        model = copy.deepcopy(model)
    outputs = {} if sample is None else _output_shapes(model, sample)
    tensors = [tensor for tensor in (*model.parameters(), *model.buffers()) if not is_lazy(tensor)]
    rows = tuple(_rows(model, outputs))
    return Summary(
        rows=rows,
        parameters=sum(row.parameters for row in rows),
        trainable=sum(row.trainable for row in rows),
        bytes=sum(tensor.numel() * tensor.element_size() for tensor in tensors),
    )


def _rows(model: nn.Module, outputs: Mapping[str, tuple[int, ...]]) -> Iterator[Row]:
    counted: set[int] = set()
    for name, module in model.named_modules():
        own = list(module.parameters(recurse=False))
        if own or next(module.children(), None) is None:
            yield _row(name or "(itself)", module, own, counted, outputs.get(name))
            counted.update(map(id, own))


def _row(
    name: str, module: nn.Module, own: list[nn.Parameter], counted: set[int], output: tuple[int, ...] | None
) -> Row:
    made = [p for p in own if not is_lazy(p)]
    new = [p for p in made if id(p) not in counted]
    return Row(
        name=name,
        kind=type(module).__name__,
        parameters=sum(p.numel() for p in new),
        trainable=sum(p.numel() for p in new if p.requires_grad),
        shapes=tuple(tuple(p.shape) for p in made),
        state=_state(own, tied=not new),
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


def _state(own: list[nn.Parameter], *, tied: bool) -> str:
    if not own:
        return ""
    if any(map(is_lazy, own)):
        return "uninitialised"
    if tied:
        return "tied"
    trainable = sum(p.requires_grad for p in own)
    return "frozen" if not trainable else "trainable" if trainable == len(own) else "partly frozen"


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    return "  ".join(map(_shape, shapes))


def _shape(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else "[" + ", ".join(map(str, shape)) + "]"
