"""`Attention`: how closely one looks just now. The first steps show most; the thousandth is watched from afar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias
from weakref import WeakKeyDictionary

from torch import Tensor, nn

from retorch.checks._observations import ModeSet, ModuleBegins

Phase: TypeAlias = Literal["training", "evaluation"]
# Before the first call of a model, and before any backward, data are prepared.
Stage: TypeAlias = Literal["preparation"] | Phase
# In which mode a model is called, whether gradients are recorded, and which modes were set since the call before.
_Way: TypeAlias = tuple[bool, bool, tuple[tuple[int, bool], ...]]

# Neither a long recurrence, cell by cell, nor data that are prepared number by number are watched for longer than that.
_OPERATIONS_OF_A_STEP = 1200
_OPERATIONS_BEFORE = 1000
# A last batch that is smaller, a validation with larger pictures: where the shapes change, one looks again.
_SHAPES_WATCHED = 8
# So many calls of a model in one way show what the modules inside of it do.
_CALLS_WATCHED = 8
_MODES_NOTED = 64
# So many steps in a row show how a loop goes. Then one looks away, each time for twice as many steps, and glances.
_STEPS_WATCHED = 32
_GLANCE = 8
_LONGEST_REST = 1024


class Attention:
    """Decides what is watched, from coarse to fine; the calls round a training are watched all the time.

    Attributes:
        steps: how many steps of training, and calls of evaluation, are watched operation by operation.
        operations: whether each call of torch is looked at now: in the first steps of each phase, and in one with
            inputs of new shapes.
        modules: whether calls of modules inside of others are told now: also in the first calls of each model in each
            mode, and in those after the user has set a mode in a new way.
        single_steps: whether what happens within a step is looked at now: not while a loop goes on as it went for many
            steps. Whatever is new ends the rest: another model or mode, another optimizer.
        may_rest: asked before.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.operations = False
        self.modules = True
        self.single_steps = True
        self.may_rest: Callable[[], bool] = lambda: True
        self._left: dict[Stage, int] = dict.fromkeys(("training", "evaluation"), steps * _OPERATIONS_OF_A_STEP)
        self._left["preparation"] = _OPERATIONS_BEFORE if steps else 0
        self._shapes: set[tuple[Any, ...]] = set()
        self._meets_new_shapes = False
        self._modes_set: list[tuple[int, bool]] = []
        self._ways: WeakKeyDictionary[nn.Module, dict[_Way, int]] = WeakKeyDictionary()
        self._turn = _STEPS_WATCHED
        self._rest = _STEPS_WATCHED
        self._on_change: list[Callable[[], bool]] = []
        self._is_settled = True

    def on_change(self, tell: Callable[[], bool]) -> None:
        """Have somebody told each time something has changed, and again soon where he answers False."""
        self._on_change.append(tell)

    def end(self) -> None:
        """Look at nothing any more."""
        self.operations = False
        self._tell()
        self._on_change.clear()

    def count_operation(self, stage: Stage, done: int) -> None:
        """Take note that an operation was watched; there is an end to what is looked at so closely."""
        self._left[stage] -= 1
        if self._left[stage] == 0:
            self.look_again(stage, done)

    def note_mode(self, seen: ModeSet) -> None:
        """Take note of a mode that the user has set."""
        if len(self._modes_set) < _MODES_NOTED:
            self._modes_set.append((id(seen.module), seen.training))

    def begin_anew(self, step: int) -> None:
        """Look closely again: with another optimizer begins another training."""
        self._ways.clear()
        self._wake(step)

    def call(self, seen: ModuleBegins, stage: Stage, done: int, step: int) -> None:
        """Decide for the call of a model, the user's own.

        Args:
            seen: the call.
            stage: what it is.
            done: how many steps of this stage are done.
            step: how many steps of optimizers are done.
        """
        self._compare_shapes(seen)
        calls = self._count_way(seen)
        if calls == 1:
            self._wake(step)
        elif seen.grad_enabled and step >= self._turn:
            self._take_turns(step)
        self.look_again(stage, done)
        self.modules = self.operations or calls <= _CALLS_WATCHED

    def look_again(self, stage: Stage, done: int) -> None:
        """Decide about operations, and tell those who want to know."""
        before = self.operations
        is_early = done < self.steps or (self._meets_new_shapes and self.steps > 0)
        self.operations = is_early and self._left[stage] > 0
        if self.operations != before or not self._is_settled:
            self._tell()

    def _compare_shapes(self, seen: ModuleBegins) -> None:
        shapes = (type(seen.module), *(_shape(given) for given in seen.args))
        self._meets_new_shapes = shapes not in self._shapes and len(self._shapes) < _SHAPES_WATCHED
        if self._meets_new_shapes:
            self._shapes.add(shapes)

    def _count_way(self, seen: ModuleBegins) -> int:
        ways = self._ways.setdefault(seen.module, {})
        way = (seen.module.training, seen.grad_enabled, tuple(self._modes_set))
        self._modes_set.clear()
        calls = ways[way] = ways.get(way, 0) + 1
        return calls

    def _take_turns(self, step: int) -> None:
        if not self.single_steps:
            self.single_steps = True
            self._turn = step + _GLANCE
        elif self.may_rest():
            self.single_steps = False
            self._turn, self._rest = step + self._rest, min(2 * self._rest, _LONGEST_REST)
        else:
            self._turn = step + _STEPS_WATCHED
        self._is_settled = False

    def _wake(self, step: int) -> None:
        self._turn, self._rest = step + _STEPS_WATCHED, _STEPS_WATCHED
        if not self.single_steps:
            self.single_steps, self._is_settled = True, False

    def _tell(self) -> None:
        self._is_settled = sum(not tell() for tell in self._on_change) == 0


def _shape(given: Any) -> tuple[int, ...] | None:
    try:
        return tuple(given.shape) if isinstance(given, Tensor) else None
    except RuntimeError:  # a nested tensor
        return None
