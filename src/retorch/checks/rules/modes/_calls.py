"""`Call` and `Uses`: calls of a model in train mode, and what becomes of their outputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from torch import Tensor, nn

from retorch.checks._leaves import node_of
from retorch.checks._observations import OperationDone
from retorch.checks.rules._flow import JUDGING, MOVING, Flow, name_of, tensors_in
from retorch.checks.rules.modes._outputs import tensors_of
from retorch.checks.rules.modes._sampling import Asked
from retorch.lines import Site

# What compares predictions with labels, also where a model does it itself.
_LABELLING = frozenset({
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "nll_loss",
})  # fmt: skip
# What compares predictions with the truth.
_COMPARING = _LABELLING | frozenset({
    "__eq__", "__ne__", "__rsub__", "__sub__", "eq", "ne", "rsub", "sub", "subtract",
    "gaussian_nll_loss", "huber_loss", "kl_div", "l1_loss", "mse_loss", "poisson_nll_loss", "smooth_l1_loss",
})  # fmt: skip
# What takes results out of torch, to be judged elsewhere.
_FETCHING = frozenset({"__array__", "numpy", "tolist"})
_READING = _FETCHING | {"argmax", "item", "max", "topk"}
_KEEPING = JUDGING | MOVING | _READING
# What makes an answer of scores.
_DECIDING = frozenset({"__ge__", "__gt__", "argmax", "ge", "gt", "max", "round", "topk"})


@dataclass(slots=True, eq=False)
class Call:
    """A call of a model in train mode that may be validation.

    Attributes:
        model: it.
        asked: what is known of it.
        parts: what depends on the mode in it.
        averages: whether batch norm is among that.
        site: of the call.
        step: after how many steps of training.
        is_loaded: whether its weights come from a training elsewhere.
        grad_enabled: whether gradients were recorded.
        is_watched: whether one sees what becomes of its output.
        nodes: the numbers of the nodes of the graph at which its output ends.
        is_in_whole_pass: whether a pass over a loader round it came to its end without a backward.
        is_walked: whether such a pass is known to be no training.
        is_compared: whether its output was compared with something.
        is_read: whether its output was looked at.
        is_decided: whether answers were made of it and taken out of torch.
        is_learned_from: whether its output went into something with a graph, as a target does.
    """

    model: ref[nn.Module]
    asked: Asked
    parts: str
    averages: bool
    site: Site
    step: int
    is_loaded: bool
    grad_enabled: bool
    is_watched: bool
    nodes: set[int] = field(default_factory=set)
    is_in_whole_pass: bool = False
    is_walked: bool = False
    is_compared: bool = False
    is_read: bool = False
    is_decided: bool = False
    is_learned_from: bool = False

    @property
    def is_validation(self) -> bool:
        """Whether what was seen of it shows that."""
        if self.is_walked:
            return True
        if self.is_learned_from:
            return False
        if self.grad_enabled:
            return self.is_compared and bool(self.nodes)
        return self.is_compared or self.is_decided or (self.is_read and self.is_in_whole_pass)

    @property
    def use(self) -> str:
        """What became of its output, for people."""
        return "compared with targets" if self.is_compared else "turned into answers" if self.is_decided else "read"


class Uses:
    """Follows the outputs of calls."""

    def __init__(self) -> None:
        self._outputs: Flow[Call] = Flow(())
        self._predictions: Flow[Call] = Flow(())
        self._answers: Flow[Call] = Flow(MOVING | {"int", "long"})
        self._running: Call | None = None
        self._handed_on: Call | None = None

    def begin(self, call: Call | None, args: tuple[Any, ...]) -> None:
        """Take note that a model is called, and whether this is such a call; it may get the output of another one."""
        self._running = call
        self._handed_on = next((found for each in tensors_in(args) if (found := self._predictions.of(each))), None)

    def end(self, output: Any) -> None:
        """Take note of what came out."""
        call = self._running or self._handed_on
        if call is not None:
            outputs = list(tensors_of(output))
            self._outputs.mark(outputs, call)
            self._predictions.mark(outputs, call)
            if call is self._running:
                call.nodes = numbers_of(outputs)
        self._running = self._handed_on = None

    def follow(self, seen: OperationDone) -> None:
        """See what becomes of the outputs."""
        name = name_of(seen.function)
        if self._running is not None and seen.inside and name in _LABELLING:
            self._running.is_compared = True
        given = [(each, call) for each in tensors_in(seen.args) if (call := self._outputs.of(each))]
        if not given:
            return
        learns = any(each.requires_grad for each in tensors_in(seen.result))
        for each, call in given:
            call.is_learned_from |= learns and not each.requires_grad
            call.is_read |= name in _READING
        self._outputs.mark(seen.result, given[0][1])
        self._follow_predictions(name, seen)

    def _follow_predictions(self, name: str, seen: OperationDone) -> None:
        given = list(tensors_in(seen.args))
        call = next((call for each in given if (call := self._predictions.of(each))), None)
        if call is not None and name in _COMPARING:
            call.is_compared |= any(self._is_truth(each) for each in given)
        elif call is not None and name in _KEEPING:
            self._predictions.mark(seen.result, call)
        if call is not None and name in _DECIDING:
            self._answers.mark(seen.result, call)
        else:
            self._answers.follow(seen)
        if name in _FETCHING and (call := self._answers.of(given[0])) is not None:
            call.is_decided |= given[0].numel() > 1

    def _is_truth(self, tensor: Tensor) -> bool:
        """Tell whether a tensor may be what predictions are compared with: no number, no weights, no output."""
        return tensor.dim() > 0 and not tensor.requires_grad and self._outputs.of(tensor) is None


def numbers_of(tensors: Iterable[Tensor]) -> set[int]:
    """Return the numbers of the nodes behind some tensors; none where torch does not count, as inside of `vmap`."""
    nodes = (node_of(each) for each in tensors if each.requires_grad)
    return {node._sequence_nr() for node in nodes if node is not None}  # noqa: SLF001 - keeps no graph alive


def numbers_behind(roots: Iterable[Tensor], oldest: int) -> set[int]:
    """Return the numbers of the nodes that a backward pass runs through, down to one that was made at some time."""
    found: set[int] = set()
    waiting = [node for root in roots if root.requires_grad and (node := node_of(root)) is not None]
    while waiting:
        node = waiting.pop()
        number: int = node._sequence_nr()  # noqa: SLF001 - nodes are counted as they are made
        if number >= oldest and number not in found:
            found.add(number)
            waiting.extend(below for below, _ in node.next_functions if below is not None)
    return found
