"""`Strays`: parameters that get a gradient in each step and are in no optimizer. Several rules ask why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakKeyDictionary, ref

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._held import held_by
from retorch.checks._leaves import leaves_behind, node_of
from retorch.checks._observations import (
    AttributeSet,
    BackwardBegins,
    ModuleMade,
    OptimizerMade,
    ParameterMade,
    PartRegistered,
    StateLoaded,
    StepBegins,
)
from retorch.checks._scene import Scene
from retorch.checks.rules._callers import Callers
from retorch.checks.rules._moved import Seldom, Values
from retorch.checks.rules.parameters._hidden import TENSOR, Hidden, hidden_parameters, plain_tensors
from retorch.lines import Site

# Graphs that are walked after something changed, and then one in so many.
_WALKS, _SELDOM = 6, 64


@dataclass(slots=True)
class Holder:
    """What is known of an optimizer.

    Attributes:
        site: where it was built; None when that was not seen.
        stepped_at: where it was stepped first.
        kind: of optimizer.
        count: how many parameters it holds.
        shapes: of these.
        empty: the numbers of its groups that hold none.
        is_alive: whether any of them ever had a gradient when it stepped.
        trains_a_model: whether a backward pass reached one of them that a model has.
    """

    site: Site | None
    stepped_at: Site | None = None
    kind: str = ""
    count: int = 0
    shapes: frozenset[tuple[int, ...]] = frozenset()
    empty: tuple[int, ...] = ()
    is_alive: bool = False
    trains_a_model: bool = False


@dataclass(slots=True)
class Stray:
    """A parameter with a gradient and without an optimizer.

    Attributes:
        name: what its model calls it.
        shape: its shape.
        values: when it was seen first.
        was_trained: whether its values were loaded, or an earlier optimizer had it.
        hidden_in: the kind of plain attribute that hides it, with `site` where that was assigned.
        replaced_at: where it took the place of a parameter that an optimizer holds.
        remade_at: where its model was made, if there was an optimizer already.
        made_in_forward: where it was made, if that was inside of a forward pass.
        holders: the optimizers that stepped while it had a gradient.
        steps: in how many steps.
        is_fine: whether somebody else changes it, or an optimizer got it later.
        is_due: whether it is time to look at its values again.
    """

    name: str
    shape: tuple[int, ...]
    values: Values
    was_trained: bool
    hidden_in: str = ""
    hidden_at: Site | None = None
    replaced_at: Site | None = None
    remade_at: Site | None = None
    made_in_forward: Site | None = None
    holders: list[Holder] = field(default_factory=list)
    steps: int = 0
    last_step: int = -1
    is_fine: bool = False
    is_due: Seldom = field(default_factory=Seldom)

    @property
    def dead_holder(self) -> Holder | None:
        """An optimizer that could have held it, and whose own parameters never had a gradient."""
        # Something that was trained before may be left as it is beside others that learn.
        if self.was_trained and any(each.is_alive for each in self.holders):
            return None
        return next((each for each in self.holders if not each.is_alive and self.shape in each.shapes), None)

    @property
    def emptied_holder(self) -> Holder | None:
        """An optimizer that trains something, and that has a group of nothing."""
        return next((each for each in self.holders if each.empty and each.is_alive), None)

    @property
    def why(self) -> Literal["", "made in forward", "replaced", "plain tensor", "hidden", "empty group", "left out"]:
        """Why no optimizer has it; "" where that is fine or not sure."""
        if self.is_fine or self.values.have_moved():
            return ""
        if self.steps < 2:
            return "made in forward" if self.made_in_forward and not self.was_trained else ""
        if self.dead_holder is not None or (self.replaced_at is not None and not self.was_trained):
            return "replaced"
        if self.was_trained:
            return ""
        if self.emptied_holder is not None and not self.hidden_in:
            return "empty group"
        if not any(holder.trains_a_model for holder in self.holders):
            return ""
        if self.hidden_in == TENSOR:
            return "plain tensor"
        return "hidden" if self.hidden_in else "left out"


class Strays:
    """Collects them while the code runs; plain facts are left at the end."""

    def __init__(self, scene: Scene) -> None:
        self._scene = ref(scene)
        self._holders: WeakKeyDictionary[Optimizer, Holder] = WeakKeyDictionary()
        self._strays = WeakIdKeyDictionary()
        self._all: list[Stray] = []
        self._trained = WeakIdKeyDictionary()
        self._replaced = WeakIdKeyDictionary()
        # By identity: a module that is being built cannot always tell its hash yet.
        self._assigned = WeakIdKeyDictionary()
        self._made_in_forward = WeakIdKeyDictionary()
        self._made = WeakIdKeyDictionary()
        self._meant = WeakIdKeyDictionary()
        self._inputs = WeakIdKeyDictionary()
        self._pending: list[ref[Tensor]] = []
        self._hidden: dict[int, Hidden] | None = None
        self._reached = WeakIdKeyDictionary()
        self._walks, self._backwards = _WALKS, 0
        self.feeder: object = None

    @classmethod
    def of(cls, scene: Scene, feeder: object) -> Strays:
        """Return the one of a scene; the first who asks is the one who feeds it."""
        strays = scene.shared(cls)
        strays.feeder = strays.feeder or feeder
        return strays

    def __iter__(self) -> Iterator[Stray]:
        return iter(self._all)

    def take(self, seen: object) -> None:
        """Take note of what happens."""
        match seen:
            case OptimizerMade(optimizer=optimizer):
                self._holders[optimizer] = Holder(seen.site)
                self._note_held([optimizer])
            case BackwardBegins(roots=roots, accumulates=accumulates):
                self._walk(roots, accumulates=accumulates)
            case StepBegins(optimizer=optimizer):
                self._step(optimizer, seen)
            case _:
                self._take_making(seen)

    def _take_making(self, seen: object) -> None:
        match seen:
            case AttributeSet(value=value):
                if not isinstance(value, (bool, int, float, str, type(None))):
                    self._note_assigned(seen)
            case ModuleMade(module=module):
                if self._holders and not self.scene.running:
                    self._made[module] = Callers()
            case ParameterMade(parameter=parameter, data=data):
                # One of a computed value cuts the graph, and another rule tells.
                is_new = data is None or node_of(data) is None
                if self.scene.running and parameter.requires_grad and is_new:
                    self._made_in_forward[parameter] = seen.site
            case PartRegistered(part=part, before=before):
                if before is not None and before is not part:
                    self._note_replacement(part, before, seen)
            case StateLoaded(owner=nn.Module() as owner):
                self._trained.update((parameter, True) for parameter in owner.parameters())

    def _note_assigned(self, seen: AttributeSet) -> None:
        # What a forward keeps of its inputs is no parameter that somebody meant to have.
        learns = [] if self.scene.running else [each for each in plain_tensors(seen.value) if each.requires_grad]
        self._meant.update((each, True) for each in learns)
        if learns or not isinstance(seen.value, Tensor):
            self._assigned.setdefault(seen.module, {})[seen.name] = seen.site

    def _note_held(self, optimizers: Iterable[Optimizer]) -> None:
        self._walks = _WALKS
        for optimizer in optimizers:
            held = held_by(optimizer)
            holder = self._holders.setdefault(optimizer, Holder(None))
            holder.kind, holder.count = type(optimizer).__name__, len(held)
            holder.shapes = frozenset(tuple(parameter.shape) for parameter in held)
            groups = optimizer.param_groups
            holder.empty = tuple(number for number, group in enumerate(groups) if not group["params"])
            for parameter in held:
                self._trained[parameter] = True
                if (stray := self._strays.get(parameter)) is not None:
                    stray.is_fine = True

    def _note_replacement(self, part: Tensor | nn.Module, before: Tensor | nn.Module, seen: PartRegistered) -> None:
        held = self._held()
        if any(id(parameter) in held for parameter in _parameters(before)):
            self._walks = _WALKS
            site = seen.site
            self._replaced.update((new, site) for new in _parameters(part) if id(new) not in held)

    def _walk(self, roots: tuple[Tensor, ...], *, accumulates: bool) -> None:
        self._backwards += 1
        if self._walks <= 0 and self._backwards % _SELDOM:
            self._pending = self._pending if not accumulates else []
            return
        reached = leaves_behind(roots).reached
        if not accumulates:
            # The point of `torch.autograd.grad` is often an input: the places of a differential equation.
            self._inputs.update((leaf, True) for leaf in reached if not isinstance(leaf, nn.Parameter))
            return
        self._walks -= 1
        held = self._held()
        self._reached = WeakIdKeyDictionary({leaf: True for leaf in reached if id(leaf) in held})
        self._note_alive()
        self._pending = [ref(leaf) for leaf in reached if id(leaf) not in held]

    def _note_alive(self) -> None:
        for optimizer, holder in self._holders.items():
            # A closure runs its backward after the step has begun.
            holder.is_alive = holder.is_alive or any(each in self._reached for each in held_by(optimizer))
        for leaf in self._reached:
            if (stray := self._strays.get(leaf)) is not None:
                stray.is_fine = True

    def _step(self, optimizer: Optimizer, seen: StepBegins) -> None:
        holder = self._holders.get(optimizer)
        if holder is None or holder.count != sum(len(group["params"]) for group in optimizer.param_groups):
            self._note_held([optimizer])
            holder = self._holders[optimizer]
        if not holder.is_alive:
            holder.is_alive = any(each.grad is not None for each in held_by(optimizer))
        if not self._pending:
            return
        holder.stepped_at = holder.stepped_at or seen.site
        if not holder.trains_a_model:
            holder.trains_a_model = any(self.scene.name(each) for each in held_by(optimizer) if each in self._reached)
        held = self._held()
        self._hidden = None
        for pending in self._pending:
            parameter = pending()
            if parameter is not None and id(parameter) not in held and parameter.grad is not None:
                self._confirm(parameter, holder)

    def _confirm(self, parameter: Tensor, holder: Holder) -> None:
        stray: Stray | None = self._strays.get(parameter)
        if stray is None:
            hidden = self._hidden_now().get(id(parameter))
            # Any other plain tensor is an input of which somebody wants the gradient.
            if not isinstance(parameter, nn.Parameter) and (parameter not in self._meant or parameter in self._inputs):
                return
            stray = self._strays[parameter] = self._met(parameter, hidden)
            self._all.append(stray)
        if stray.last_step != self.scene.step:
            stray.steps, stray.last_step = stray.steps + 1, self.scene.step
            stray.is_fine = stray.is_fine or parameter in self._inputs or (stray.is_due() and stray.values.have_moved())
        if all(holder is not other for other in stray.holders):
            stray.holders.append(holder)

    def _met(self, parameter: Tensor, hidden: Hidden | None) -> Stray:
        return Stray(
            name=hidden.path if hidden else self.scene.name(parameter),
            shape=tuple(parameter.shape),
            values=Values(parameter),
            was_trained=parameter in self._trained,
            hidden_in=hidden.kind if hidden else "",
            hidden_at=self._assigned.get(hidden.owner, {}).get(hidden.attribute) if hidden else None,
            replaced_at=self._replaced.get(parameter),
            remade_at=self._remade_at(parameter),
            made_in_forward=self._made_in_forward.get(parameter),
        )

    def _remade_at(self, parameter: Tensor) -> Site | None:
        model = next((each for each in self.scene.models if any(parameter is own for own in each.parameters())), None)
        made: Callers | None = self._made.get(model) if model is not None else None
        return made.still_running() if made is not None else None

    def _hidden_now(self) -> dict[int, Hidden]:
        if self._hidden is None:
            self._hidden = hidden_parameters(list(self.scene.models))
        return self._hidden

    def _held(self) -> set[int]:
        return {id(parameter) for parameter in self.scene.held()}

    @property
    def scene(self) -> Scene:
        """What is known of the training; it lives as long as the rules that ask."""
        scene = self._scene()
        assert scene is not None
        return scene


def _parameters(part: Tensor | nn.Module) -> list[Tensor]:
    return list(part.parameters()) if isinstance(part, nn.Module) else [part]
