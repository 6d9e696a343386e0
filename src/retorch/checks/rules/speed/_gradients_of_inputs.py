"""Gradients of the inputs that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakTensorKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._leaves import AccumulateGrad, node_of
from retorch.checks._observations import BackwardDone, ModuleBegins, OperationDone, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.speed._each_step import EachStep
from retorch.lines import Site

_ASKING = frozenset({"requires_grad_", "requires_grad.__set__"})
_READING = frozenset({"grad.__get__", "register_hook", "register_post_accumulate_grad_hook"})


@dataclass(eq=False)
class _Input:
    """An input that requires a gradient, in one step."""

    site: Site
    step: int
    shape: tuple[int, ...]
    is_read: bool


class GradientsOfInputsNobodyReads(Rule):
    """An input of the model requires a gradient, which each backward pass computes and nobody reads.

    Why it matters: the first layer computes a gradient by its input, which costs as much as that by its weights, and
    the result is kept beside the input.

    When it is fine: where something reads it outside of the first steps.

    Wrong: `x = x.clone().requires_grad_()` before `model(x)` in an ordinary training.

    Right: inputs as they are: the weights require their gradients by themselves.
    """

    name = "gradients-of-inputs-nobody-reads"
    grade = "advice"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._lines = EachStep()
        self._asked_for: Any = WeakTensorKeyDictionary()
        self._wanted: Any = WeakTensorKeyDictionary()
        self._inputs: Any = WeakTensorKeyDictionary()
        self._waiting: list[_Input] = []

    @sees(OperationDone)
    def called(self, seen: OperationDone) -> None:
        """Note which line asked for gradients of a tensor, and who reads them."""
        name = _name_of(seen)
        if name in _ASKING or seen.kwargs.get("requires_grad"):
            asked = seen.result if isinstance(seen.result, Tensor) else seen.args[0]
            if isinstance(asked, Tensor):
                self._asked_for[asked] = seen.site
        elif name in _READING:
            self._wanted[seen.args[0]] = True
            if seen.args[0] in self._inputs:
                self._inputs[seen.args[0]].is_read = True
        elif seen.function is torch.autograd.grad:
            for known in self._inputs.values():
                known.is_read = True

    @sees(ModuleBegins, closely=True)
    def begin(self, seen: ModuleBegins) -> Iterator[Finding]:
        """Note inputs of a model that require gradients, and judge those of the steps before."""
        if seen.depth:
            return
        yield from self._judge()
        # Whoever reads must do so while the operations are watched.
        if seen.grad_enabled and self.scene.step < self.scene.attention.steps - 1:
            for each in seen.args:
                leaf = _leaf(each)
                if leaf is not None:
                    self._note(leaf, seen)

    @sees(BackwardDone, closely=True)
    def wait(self, seen: BackwardDone) -> None:
        """Let those wait that have got a gradient: it may be read until the next step."""
        for each, known in list(self._inputs.items()):
            if seen.accumulates and each.grad is not None and known not in self._waiting:
                self._waiting.append(known)

    @sees(StepBegins, closely=True)
    def leave_out(self, seen: StepBegins) -> None:
        """Leave out inputs that an optimizer holds: they are what is trained."""
        for each in held_by(seen.optimizer):
            if each in self._inputs:
                self._inputs[each].is_read = True

    def _note(self, given: Tensor, seen: ModuleBegins) -> None:
        known = self._inputs.get(given)
        if known is not None and known.step == self.scene.step:
            return
        is_read = given in self._wanted or (known is not None and known.is_read)
        site = self._asked_for.get(given) or seen.site
        self._inputs[given] = _Input(site, self.scene.step, tuple(given.shape), is_read)

    def _judge(self) -> Iterator[Finding]:
        over = [known for known in self._waiting if known.step < self.scene.step]
        for known in over:
            self._waiting.remove(known)
            if known.is_read:
                continue
            line = self._lines.note(known.site, known.step)
            if len(line.steps) > 1 and not line.is_told:
                line.is_told = True
                yield self._found(known)

    def _found(self, known: _Input) -> Finding:
        return self.finding(
            known.site,
            "each backward pass computes a gradient of the input, and nobody reads it",
            evidence=f"an input {known.shape} requires a gradient and got one in two steps; nothing read its .grad",
            remedy="leave requires_grad of the inputs off: the weights have their own",
        )


def _leaf(given: Any) -> Tensor | None:
    """Return an input that requires a gradient by itself, or the tensor that it is a piece of."""
    if not isinstance(given, Tensor) or not given.requires_grad:
        return None
    if given.is_leaf:
        return given
    node = node_of(given)
    found = [below.variable for below, _ in node.next_functions if isinstance(below, AccumulateGrad)] if node else []
    return found[0] if len(found) == 1 and not isinstance(found[0], nn.Parameter) else None


def _name_of(seen: OperationDone) -> str:
    name: str = getattr(seen.function, "__name__", "")
    owner = getattr(getattr(seen.function, "__self__", None), "__name__", "")
    return f"{owner}.{name}" if name in ("__get__", "__set__") else name
