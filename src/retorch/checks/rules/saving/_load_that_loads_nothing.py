"""`strict=False` swallows that all names are written otherwise, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from torch import nn

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import ModuleBegins, StateBegins, StateLoaded, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.saving._misnamed import Shapes, explain, shapes_of
from retorch.checks.rules.saving._parts_of_a_checkpoint import first_values

_COMPARED = 8  # parameters


class _Failed(NamedTuple):
    """A load that loaded nothing, and some values of the module as they were then."""

    finding: Finding
    values: tuple[tuple[float, ...], ...]


class LoadThatLoadsNothing(Rule):
    """`load_state_dict(state, strict=False)` loaded nothing, and the weights are there under other names.

    Why it matters: the model keeps its random weights. `strict=False` was meant for one layer more or less, and passes
    over a prefix `module.` (from `DataParallel`), `_orig_mod.` (from `torch.compile`) or `model.` (from Lightning), and
    over a whole checkpoint that was given in place of its `["model"]`.

    When it is fine: never. Not reported are a state that fits in part, such as a backbone under a new head or
    adapters, one of a quite different model, names that the module itself translates while it loads, and weights that
    were copied or loaded by other means before the model is used.

    Wrong: `model.load_state_dict(torch.load(path), strict=False)` with names `module.fc.weight` for `fc.weight`.

    Right: `{name.removeprefix("module."): value for name, value in state.items()}`, loaded strictly; or look at what
    `load_state_dict` returns: the missing and the unexpected names.

    Reported: https://github.com/pytorch/examples/issues/1029, https://github.com/pytorch/pytorch/issues/141256
    """

    name = "load-that-loads-nothing"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._own: Shapes = {}
        self._failed: WeakKeyDictionary[nn.Module, _Failed] = WeakKeyDictionary()

    @sees(StateBegins)
    def note(self, seen: StateBegins) -> None:
        """Note what a module wants, before it is loaded."""
        self._own = shapes_of(seen.owner) if isinstance(seen.owner, nn.Module) and not seen.strict else {}

    @sees(StateLoaded)
    def look(self, seen: StateLoaded) -> None:
        """Look whether a name was right; who then loads with other names has noticed himself."""
        own, self._own = self._own, {}
        if not isinstance(seen.owner, nn.Module):
            return
        self._failed.pop(seen.owner, None)
        # A hook of the module may have translated the names.
        explained = explain(own, seen.state) if _has_nothing(seen.owner, seen) else None
        if explained:
            evidence, remedy = explained
            found = self.finding(
                seen.site,
                "nothing was loaded: the model keeps the weights that it had",
                evidence=f"none of the {len(seen.state)} names in the state is one of the {len(own)} that "
                f"{type(seen.owner).__name__} has; {evidence}",
                remedy=remedy,
            )
            self._failed[seen.owner] = _Failed(found, _values_of(seen.owner))

    @sees(ModuleBegins)
    def judge_call(self, seen: ModuleBegins) -> Iterator[Finding]:
        """Judge when the model, or a part of it, is called."""
        if self._failed:
            for module in list(self._failed):
                if any(part is seen.module for part in module.modules()):
                    yield from self._judge(module)

    @sees(StepBegins)
    def judge_step(self, seen: StepBegins) -> Iterator[Finding]:
        """Judge when the model is trained."""
        if self._failed:
            held = {id(parameter) for parameter in held_by(seen.optimizer)}
            for module in list(self._failed):
                if any(id(parameter) in held for parameter in module.parameters()):
                    yield from self._judge(module)

    def _judge(self, module: nn.Module) -> Iterator[Finding]:
        """Judge a model that is used; by now the weights may have come by another way."""
        found, values = self._failed.pop(module)
        if _values_of(module) == values:
            yield found


def _has_nothing(module: nn.Module, seen: StateLoaded) -> bool:
    missing = set(seen.missing)
    return all(name in missing for name, _ in module.named_parameters())


def _values_of(module: nn.Module) -> tuple[tuple[float, ...], ...]:
    return tuple(first_values(parameter) for parameter in list(module.parameters())[:_COMPARED])
