"""Running one side: a model on the batch, watched; or outputs that were saved before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn

from retorch.comparison.models._matching import plain_name
from retorch.comparison.models._outputs import (
    Call,
    Value,
    Values,
    Watch,
    call_with,
    is_readable,
    kept_as_it_is,
    named_tensors,
    same_bits,
)
from retorch.comparison.models._weights import State, state_of
from retorch.errors import RetorchError, UsageError
from retorch.lines import site_in, user_frame
from retorch.tensors import map_tensors


@dataclass(frozen=True, slots=True)
class Manner:
    """How both sides are run."""

    train: bool = False
    backward: bool = False
    loss: Callable[[Any], Tensor] | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """A model, or the outputs that one gave elsewhere.

    Attributes:
        title: what it is called in messages.
        model: None for saved outputs.
        saved: None for a model.
        around: entered round all that runs the model's code.
    """

    title: str
    model: nn.Module | None = None
    saved: Mapping[str, Any] | None = None
    around: Callable[[], AbstractContextManager[Any]] = nullcontext

    @property
    def state(self) -> State:
        """Its parameters and buffers."""
        return {} if self.model is None else state_of(self.model)


@dataclass(frozen=True, slots=True)
class Trace:
    """What was seen of one side.

    Attributes:
        calls: in the order in which they end.
        gradients: by parameter; empty where no backward was asked for.
        notes: sentences about how it was run.
    """

    calls: tuple[Call, ...]
    gradients: dict[str, Tensor] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def run(side: Side, batch: Any, manner: Manner, values: Values) -> Trace:
    """Run a side once to watch it and once to see that watching changes nothing; read saved outputs as they are."""
    if side.model is None:
        return Trace(tuple(_saved_calls(side, values)))
    batch, note = _fitted(batch, side)
    notes = [note] if note else []
    watch = Watch(values)
    gradients: dict[str, Tensor] = {}
    with side.around(), kept_as_it_is(side.model, train=manner.train, seed=manner.seed):
        output = _forward(side, batch, manner, watch)
        if manner.backward:
            gradients = _gradients(side, output, manner)
    if not _is_repeated(side, batch, manner, watch):
        notes.append(
            f"{side.title} gives other bits on a second call with the same seed, or when nothing watches it: "
            f"what is shown is the watched call"
        )
    return Trace(tuple(watch.calls), gradients, tuple(notes))


def _forward(side: Side, batch: Any, manner: Manner, watch: Watch) -> Any:
    assert side.model is not None
    try:
        with torch.set_grad_enabled(manner.backward), watch.over(side.model):
            return call_with(side.model, _copied(batch))
    except RetorchError:
        raise
    except Exception as error:
        raise UsageError(_story(side, batch, watch, error)) from error


def _is_repeated(side: Side, batch: Any, manner: Manner, watch: Watch) -> bool:
    assert side.model is not None
    seen = watch.calls[-1].outputs
    with (
        side.around(),
        kept_as_it_is(side.model, train=manner.train, seed=manner.seed),
        torch.set_grad_enabled(manner.backward),
    ):
        again = [one for _, one in named_tensors(call_with(side.model, _copied(batch))) if is_readable(one)]
        dense = [watch.values.keep(one) for one in again]
    return len(seen) == len(dense) and all(same_bits(one.tensor, other) for one, other in zip(seen, dense, strict=True))


def _gradients(side: Side, output: Any, manner: Manner) -> dict[str, Tensor]:
    """Return the gradients of the loss, or of the sum of all outputs; nothing is added to any `.grad`."""
    assert side.model is not None
    with torch.enable_grad():
        loss = _sum(output) if manner.loss is None else manner.loss(output)
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        raise UsageError(
            f"no backward can start from the output of {side.title}: it has no graph. Does its forward run under "
            f"torch.no_grad, or detach what it gives?"
        )
    wanted = {name: one for name, one in side.model.named_parameters() if one.requires_grad}
    gradients = torch.autograd.grad(loss, list(wanted.values()), allow_unused=True)
    return {name: one.detach() for name, one in zip(wanted, gradients, strict=True) if one is not None}


def _sum(output: Any) -> Tensor | None:
    graded = [one for _, one in named_tensors(output) if one.requires_grad]
    total: Tensor | None = None
    for one in graded:
        total = one.sum() if total is None else total + one.sum()
    return total


def _saved_calls(side: Side, values: Values) -> list[Call]:
    saved = [(name, tensor) for name, tensor in named_tensors(side.saved) if is_readable(tensor)]
    return [
        Call(plain_name(name), 0, "", None, None, (Value("", values.keep(tensor)),), begin=place, end=place)
        for place, (name, tensor) in enumerate(saved)
    ]


def _fitted(batch: Any, side: Side) -> tuple[Any, str]:
    """Move a batch to the model's device, and its floats to the model's dtype."""
    assert side.model is not None
    tensors = [*side.model.parameters(), *side.model.buffers()]
    device = tensors[0].device if tensors else torch.device("cpu")
    dtypes = {one.dtype for one in tensors if one.is_floating_point()}
    dtype = dtypes.pop() if len(dtypes) == 1 else None
    floats = {one.dtype for _, one in named_tensors(batch) if one.is_floating_point()}
    if dtype is None or floats <= {dtype}:
        return map_tensors(batch, lambda one: one.to(device)), ""

    def fit(one: Tensor) -> Tensor:
        return one.to(device, dtype) if one.is_floating_point() else one.to(device)

    words = ", ".join(sorted(str(one).removeprefix("torch.") for one in floats))
    note = f"the batch holds {words} and was cast to {str(dtype).removeprefix('torch.')} for {side.title}"
    return map_tensors(batch, fit), note


def _copied(batch: Any) -> Any:
    return map_tensors(batch, lambda one: one.clone())


def _story(side: Side, batch: Any, watch: Watch, error: Exception) -> str:
    failed = watch.failed
    where = ""
    if failed is not None:
        name, kind = failed
        where = f" in `{name}` ({kind})" if name else ""
    text = str(error).strip() or type(error).__name__
    line = _line_of(error)
    at = f" at {line}" if line else ""
    return (
        f"{side.title} failed on the batch{where}{at}:\n  {type(error).__name__}: {text}\n"
        f"The batch: {describe(batch)}. It was called {_form(batch)}"
    )


def _line_of(error: Exception) -> str:
    """Return the innermost line of the user's code that an error passed through."""
    trace: TracebackType | None = error.__traceback__
    found = None
    while trace is not None:
        if user_frame(trace.tb_frame) is trace.tb_frame:
            found = trace
        trace = trace.tb_next
    return site_in(found).told() if found is not None else ""


def describe(batch: Any) -> str:
    """Say what a batch holds.

    >>> describe((torch.zeros(4, 3), {"mask": torch.ones(4, dtype=torch.bool)}))
    '0: float32 [4, 3], 1.mask: bool [4]'
    """
    words = [
        f"{path}: {_tensor_words(tensor)}" if path else _tensor_words(tensor) for path, tensor in named_tensors(batch)
    ]
    return ", ".join(words) or f"no tensor, a {type(batch).__name__}"


def _tensor_words(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def _form(batch: Any) -> str:
    if isinstance(batch, Mapping):
        return "with the batch's names as keywords where forward has them, else in their order"
    if isinstance(batch, (tuple, list)):
        return f"as model(*batch), with {len(batch)} arguments; let the batch hold what forward takes and no targets"
    return "as model(batch)"
