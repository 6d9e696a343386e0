"""`python -m retorch.replay._experimenting`: a captured operation run again, in one way after another.

It reads a request from standard input (JSON: "a", "b", "trials") and writes a line of JSON for each trial as soon as
it is done, so that a way that ends the process costs only itself.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from retorch.fingerprints import fingerprint
from retorch.replay._captured import Captured
from retorch.replay._mode import tensors_in
from retorch.replay._plans import plan_of
from retorch.replay._settings import apply
from retorch.replay._trials import AS_IN_B

# An operation that sums in the order in which its threads arrive shows that within three runs, nearly always.
_RUNS = 3
_REPEATING_S = 0.3


class NothingToChange(Exception):  # noqa: N818 - no error
    """The change leaves the operation as it is."""


def main() -> None:
    """Answer the request on standard input."""
    answers = _keep_answers_apart()
    warnings.simplefilter("ignore")
    request = json.load(sys.stdin)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    # Setting the number of threads once changes more than torch's own: those that need no setting come first.
    found = torch.get_num_threads()
    for number, trial in sorted(
        enumerate(request["trials"]), key=lambda each: each[1]["settings"].get("threads", found) != found
    ):
        print(json.dumps({"trial": number, **_answer(request, trial)}), file=answers, flush=True)


def _keep_answers_apart() -> TextIO:
    """Return the real standard output, and let libraries that write there write to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def _answer(request: dict[str, Any], trial: dict[str, Any]) -> dict[str, Any]:
    try:
        apply(trial["settings"])
        return {"outcomes": _outcomes(lambda: _run(request, trial))}
    except NothingToChange:
        return {"skipped": True}
    except Exception as error:  # noqa: BLE001 - whatever torch raises is the answer
        return {"failed": f"{type(error).__name__}: {error}".strip().splitlines()[0]}


def _outcomes(run: Callable[[], list[list[int]]]) -> list[list[list[int]]]:
    """Run up to three times, a slow operation once, and return each run's readings."""
    started = time.perf_counter()
    outcomes = [run()]
    while len(outcomes) < _RUNS and time.perf_counter() - started < _REPEATING_S:
        outcomes.append(run())
    return outcomes


def _run(request: dict[str, Any], trial: dict[str, Any]) -> list[list[int]]:
    """Return the fingerprints of all outputs; a second reading of them where the dtype was changed."""
    # Some kernels leave less where no gradients are wanted, as the last output of `mkldnn_rnn_layer`.
    for with_gradients in (True, False):
        left, wanted = _left_by_one_run(request, trial, with_gradients=with_gradients)
        if len(left) == len(wanted):
            break
    readings = [[fingerprint(tensor) for tensor in left]]
    if trial["change"] is not None and trial["change"][0] == "dtype" and len(left) == len(wanted):
        readings.append([fingerprint(tensor.to(dtype)) for tensor, dtype in zip(left, wanted, strict=True)])
    return readings


def _left_by_one_run(
    request: dict[str, Any], trial: dict[str, Any], *, with_gradients: bool
) -> tuple[list[Tensor], list[torch.dtype]]:
    """Return what an operation left, and the dtypes of what it left when it was captured."""
    # Read anew each time: an operation may write into its arguments, also where its schema does not say so.
    captured = Captured.load(Path(request["b" if trial["of_b"] else "a"]))
    operation = captured.overload()
    stream, args, kwargs = captured.generator, captured.args, captured.kwargs
    kind, value = trial["change"] or ("", "")
    if kind == "random state":
        stream = Captured.load(Path(request["b"])).generator
    elif kind:
        args, kwargs = _changed(captured, kind, value, request)
    _set_stream(stream, captured.outputs)
    with torch.set_grad_enabled(with_gradients), torch._C._AutoDispatchBelowAutograd():  # noqa: SLF001 - as captured
        result = operation(*args, **kwargs)
    return _left(operation, result, args, kwargs), [output.dtype for output in captured.outputs]


def _left(operation: Any, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    """List what came out, then the arguments that were written to, as a capture does."""
    plan = plan_of(operation)
    given = {**dict(zip(plan.slots, args, strict=False)), **kwargs}
    written = [*tensors_in([given[slot] for slot in given if slot in plan.written])]
    return [tensor for tensor in tensors_in(result) if not any(tensor is each for each in written)] + written


def _set_stream(stream: Tensor | None, outputs: list[Tensor]) -> None:
    if stream is None:
        return
    device = next((output.device for output in outputs if output.device.type != "cpu"), torch.device("cpu"))
    if device.type == "cpu":
        torch.set_rng_state(stream.cpu())
    else:
        torch.get_device_module(device).set_rng_state(stream.cpu(), device)


def _changed(
    captured: Captured, kind: str, value: str | int, request: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    leaves, spec = pytree.tree_flatten((captured.args, captured.kwargs), is_leaf=lambda each: each is None)
    if kind == "argument" or value == AS_IN_B:
        other = Captured.load(Path(request["b"]))
        others = pytree.tree_leaves((other.args, other.kwargs), is_leaf=lambda each: each is None)
        changed = _with_argument(leaves, others, int(value)) if kind == "argument" else _laid_out_as(leaves, others)
    elif plan_of(captured.overload()).written and kind != "dtype":
        raise NothingToChange  # an argument that is written to is the caller's memory, which is as it is
    else:
        changed = [_of_kind(leaf, kind, value) for leaf in leaves]
    if all(new is old for new, old in zip(changed, leaves, strict=True)):
        raise NothingToChange
    args, kwargs = pytree.tree_unflatten(changed, spec)
    return args, kwargs


def _with_argument(leaves: list[Any], others: list[Any], place: int) -> list[Any]:
    return [*leaves[:place], others[place], *leaves[place + 1 :]]


def _laid_out_as(leaves: list[Any], others: list[Any]) -> list[Any]:
    return [
        torch.empty_like(other).copy_(leaf)
        if isinstance(leaf, Tensor) and isinstance(other, Tensor) and leaf.shape == other.shape
        else leaf
        for leaf, other in zip(leaves, others, strict=True)
    ]


def _of_kind(leaf: Any, kind: str, value: str | int) -> Any:
    if not isinstance(leaf, Tensor) or leaf.layout != torch.strided or leaf.is_quantized:
        return leaf
    if kind == "dtype":
        return leaf.to(getattr(torch, str(value))) if leaf.is_floating_point() else leaf
    if kind == "layout":
        return _laid_out(leaf, str(value))
    return _shifted(leaf, int(value))


def _laid_out(tensor: Tensor, layout: str) -> Tensor:
    if layout == "contiguous":
        return tensor.contiguous()
    last = {4: torch.channels_last, 5: torch.channels_last_3d}
    return tensor.contiguous(memory_format=last[tensor.ndim]) if tensor.ndim in last else tensor


def _shifted(tensor: Tensor, elements: int) -> Tensor:
    """Copy a tensor to an odd place: torch's own memory begins at a multiple of 64 bytes."""
    if 0 in tensor.stride() or not tensor.numel():
        return tensor
    extent = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True)) + 1
    memory = torch.empty(extent + elements, dtype=tensor.dtype, device=tensor.device)
    return memory.as_strided(tensor.shape, tensor.stride(), elements).copy_(tensor)


if __name__ == "__main__":
    main()
