"""The last state of a recurrence, behind the end of the shorter sequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of
from retorch.checks.rules.losses._padded import Padded, Padding
from retorch.checks.rules.losses._values import has_shape
from retorch.tensors import kind_of

_RECURRENCES = frozenset({"gru", "lstm", "rnn_relu", "rnn_tanh"})
_COPYING = ("clone", "contiguous", "dropout", "float", "layer_norm", "linear", "relu", "tanh")
_TAKING = frozenset({"__getitem__", "narrow", "select"})
# The states of all layers, (L, N, H), become those of one, or of both directions.
_FLATTENING = frozenset({"__getitem__", "flatten", "reshape", "select", "squeeze", "view"})


class _Outputs(NamedTuple):
    """What a recurrence gave at each step: its name, and of which sequences."""

    kind: str
    padded: Padded


class LastStateBehindPadding(Rule):
    """The last step of a recurrence over padded sequences is taken for the last step of each.

    Why it matters: a sequence of 3 steps in a batch of 20 ends at its third. At the twentieth the recurrence has read
    17 steps of padding, and the answer depends on how long the others in the batch are.

    When it is fine: where padding is at the front, or all sequences of a batch are equally long; this check is silent.

    Wrong: `out, _ = self.lstm(padded)`, then `self.fc(out[:, -1])`.

    Right: `packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)`, then
    `_, (h, _) = self.lstm(packed)` and `self.fc(h[-1])`; or `out[torch.arange(len(out)), lengths - 1]`.
    """

    name = "last-state-behind-padding"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._padding = Padding.of(scene)
        self._outputs: Flow[_Outputs] = Flow(_COPYING)
        self._states: Flow[_Outputs] = Flow((*_COPYING, "permute", "transpose"))

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Follow padding into a recurrence, and judge which of its steps is taken."""
        self._padding.follow(seen)
        name = name_of(seen.function)
        given: Any = seen.args[0] if seen.args else None
        if name in _RECURRENCES:
            self._remember(name, seen)
            return
        outputs, states = self._outputs.of(given), self._states.of(given)
        if outputs and name in _TAKING and _is_last_step(seen.result, given, outputs.padded.axis):
            yield self._found(seen, outputs)
        elif states and name in _FLATTENING and has_shape(seen.result) and seen.result.dim() == 2:
            yield self._found(seen, states)
        else:
            self._outputs.follow(seen)
            self._states.follow(seen)

    def _remember(self, name: str, seen: OperationDone) -> None:
        known = self._padding.padded.of(seen.args[0])
        # The last argument says which axis the recurrence takes for time; of packed sequences there is no such axis.
        if known and known.axis == int(seen.args[-1] is True) and isinstance(seen.result, tuple):
            outputs, states = seen.result[:2]
            self._outputs.mark(outputs, _Outputs(name, known))
            self._states.mark(states, _Outputs(name, known))

    def _found(self, seen: OperationDone, outputs: _Outputs) -> Finding:
        return self.finding(
            seen.site,
            "the last step of the batch is taken for the last step of each sequence: shorter ones have ended before",
            evidence=f"{outputs.kind} ran over padding: {outputs.padded}",
            remedy="pack_padded_sequence before the recurrence and its last state, or the step lengths - 1 of each",
        )


def _is_last_step(taken: Any, outputs: Tensor, axis: int) -> bool:
    """Tell by its place in memory whether a view is the last step of outputs."""
    if not has_shape(taken) or outputs.dim() != 3 or {kind_of(taken), kind_of(outputs)} != {"strided"}:
        return False
    others = (*outputs.shape[:axis], *outputs.shape[axis + 1 :])
    if tuple(taken.shape) not in (others, (*others[:axis], 1, *others[axis:])):
        return False
    return taken.data_ptr() - outputs.data_ptr() == (
        (outputs.shape[axis] - 1) * outputs.stride(axis) * outputs.element_size()
    )
