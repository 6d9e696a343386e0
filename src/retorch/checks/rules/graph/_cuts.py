"""`Cuts`: where values leave the graph, which of them the loss is computed from, and which parameters pay for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._held import held_by
from retorch.checks._leaves import is_flat, leaves_behind, node_of
from retorch.checks._observations import (
    BackwardBegins,
    Observation,
    OperationDone,
    ParameterMade,
    StateLoaded,
    StepBegins,
    StepDone,
)
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import address_of
from retorch.checks.rules._moved import Seldom, Values, have_equal_values
from retorch.lines import Site

# What gives a value of a tensor to Python or NumPy.
_ESCAPES = frozenset({"item", "tolist", "numpy", "__float__", "__int__", "__array__"})
# Descriptors whose result has to do with the values of the tensor.
_VALUES = frozenset({"data", "T", "mT", "H", "mH", "real", "imag"})
# The operation of a cut that is no operation: where nothing is recorded, nothing can be cut either.
NO_GRAD = "no_grad"
# A list from `tolist` may be long, and the first numbers tell where it came from.
_NUMBERS = 64
# Graphs that are walked after something new was met, and then one in so many.
_WALKS, _SELDOM = 64, 64


@dataclass(slots=True, eq=False)
class Cut:
    """A line at which values leave the graph.

    Attributes:
        site: the line.
        operation: what it calls there: "detach", "item", "argmax"; `NO_GRAD` where it turned the recording off.
        behind: the numbers of the leaves from which the value was computed.
        lost: in how many backward passes the loss was computed from each of them across this cut.
    """

    site: Site
    operation: str
    behind: set[int] = field(default_factory=set)
    lost: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Learner:
    """What is known of a parameter that an optimizer holds.

    Attributes:
        number: of this leaf.
        name: what its model calls it.
        shape: its shape.
        steps: how often its optimizer stepped.
        learns: whether any backward pass led to it with a derivative that is not zero by construction.
        version: of its values after the last step.
        values: what they were when an optimizer first stepped with it and had no gradient for it.
        is_due: whether it is time to look at them again.
        moves: whether something else than the optimizer writes it.
        beside: whether another parameter of its optimizer learns.
        is_copy: whether another parameter had the same values at the first step.
        born: the line that built it.
    """

    number: int
    name: str
    shape: tuple[int, ...]
    born: Site | None = None
    steps: int = 0
    learns: bool = False
    version: int = -1
    values: Values | None = None
    is_due: Seldom = field(default_factory=Seldom)
    moves: bool = False
    beside: bool = False
    is_copy: bool = False

    def is_dead(self, steps: int) -> bool:
        """Tell whether in so many steps nobody ever changed it."""
        return not (self.learns or self._moves()) and self.steps >= steps

    def _moves(self) -> bool:
        self.moves = self.moves or (self.values is not None and self.values.have_moved())
        return self.moves


Origin = frozenset[Cut]
_NOTHING: Origin = frozenset()


class Cuts:
    """Follows values across cuts while operations are watched; plain facts are left at the end."""

    def __init__(self, scene: Scene) -> None:
        self._scene = ref(scene)
        self._cuts: dict[tuple[str, int, str], Cut] = {}
        self._learners = WeakIdKeyDictionary()
        self._all: list[Learner] = []
        # Optimizers of whose parameters all learn, with how many these are.
        self._learning: WeakKeyDictionary[Optimizer, int] = WeakKeyDictionary()
        # Whether all that any optimizer ever stepped with has learned: then there is nothing to explain.
        self._all_learn = False
        self._walks = 0
        self._numbers = WeakIdKeyDictionary()
        self._count = 0
        self._born = WeakIdKeyDictionary()
        self._flat = WeakIdKeyDictionary()
        self._reached = WeakIdKeyDictionary()
        self._origins = WeakIdKeyDictionary()
        # Of this step: what Python and NumPy got.
        self._scalars: dict[float, Origin] = {}
        self._arrays: list[tuple[ref[Any], int, Origin]] = []
        self._latest: dict[str, Origin] = {}
        # Where the recording of gradients was turned off; None while it is on.
        self._unrecorded_since: Site | None = None
        # The numbers of parameters that were loaded together.
        self._loaded: list[set[int]] = []
        self.feeder: object = None

    @classmethod
    def of(cls, scene: Scene, feeder: object) -> Cuts:
        """Return the one of a scene; the first who asks is the one who feeds it."""
        cuts = scene.shared(cls)
        cuts.feeder = cuts.feeder or feeder
        return cuts

    def take(self, seen: object) -> None:
        """Take note of what happens."""
        match seen:
            case OperationDone():
                self._follow(seen)
            case BackwardBegins():
                if not self._all_learn:
                    self._walk(seen)
            case StepBegins(optimizer=optimizer):
                if self._learning.get(optimizer) != _size(optimizer):
                    self._begin_step(optimizer)
            case StepDone(optimizer=optimizer):
                if not self._all_learn:
                    self._end_step(held_by(optimizer))
                if self._latest:
                    self._scalars, self._arrays, self._latest = {}, [], {}
            case ParameterMade() | StateLoaded():
                self._take_parameters(seen)

    def nothing_learns(self) -> bool:
        """Tell whether no gradient ever came to any parameter that an optimizer stepped with."""
        return bool(self._all) and all(learner.is_dead(0) for learner in self._all)

    def born(self, part: Tensor | nn.Module, site: Site) -> None:
        """Take note of the line that built a parameter."""
        if isinstance(part, Tensor):
            self._born.setdefault(part, site)

    def never_reached(self, *, steps: int) -> Iterator[Learner]:
        """Yield those that never learn while others of their optimizer do, and no cut tells why."""
        blamed = (*self.blamed(steps=steps), *self.unrecorded(steps=steps))
        explained = {one.number for _, lost in blamed for one in lost} | self._loaded_apart()
        for one in self._all:
            if one.beside and one.is_dead(steps) and one.number not in explained:
                yield one

    def blamed(self, *, steps: int) -> Iterator[tuple[Cut, list[Learner]]]:
        """Yield each cut with the parameters that never learn because of it.

        Args:
            steps: how often that must have happened, and an optimizer have stepped with it.
        """
        return self._charged([cut for cut in self._cuts.values() if cut.operation != NO_GRAD], steps)

    def unrecorded(self, *, steps: int) -> Iterator[tuple[Cut, list[Learner]]]:
        """Yield the same for lines that turn the recording of gradients off."""
        return self._charged([cut for cut in self._cuts.values() if cut.operation == NO_GRAD], steps)

    def stands_apart(self, lost: list[Learner]) -> bool:
        """Tell whether parameters were loaded without those that learn, or copied from others: to compare with."""
        apart = self._loaded_apart()
        return all(one.number in apart or one.is_copy for one in lost)

    def _charged(self, cuts: list[Cut], steps: int) -> Iterator[tuple[Cut, list[Learner]]]:
        dead = {one.number: one for one in self._all if one.is_dead(steps)}
        # Of two cuts in a row the one next to the loss is to blame: it alone would be enough.
        for cut in reversed(cuts):
            lost = [dead.pop(number) for number in sorted(dead) if cut.lost[number] >= steps]
            if lost:
                yield cut, lost

    def _loaded_apart(self) -> set[int]:
        learning = {one.number for one in self._all if one.learns}
        return set().union(*(group for group in self._loaded if not group & learning))

    def _take_parameters(self, seen: ParameterMade | StateLoaded) -> None:
        match seen:
            case ParameterMade(parameter=parameter, data=Tensor() as data) if node_of(data) is not None:
                # `nn.Parameter(layer(x))` is a leaf again.
                self._origins[parameter] = self._origin(data) | self._cut(seen, "nn.Parameter", [data])
            case StateLoaded(owner=nn.Module() as owner):
                self._loaded.append({self._number(each) for each in owner.parameters()})

    def _begin_step(self, optimizer: Optimizer) -> None:
        parameters = held_by(optimizer)
        for parameter in parameters:
            self._count_step(parameter)
        learners = [learner for each in parameters if (learner := self._learners.get(each)) is not None]
        if any(learner.learns for learner in learners):
            for learner in learners:
                learner.beside = True
        if len(learners) == len(parameters) and all(learner.learns for learner in learners):
            self._learning[optimizer] = _size(optimizer)
        self._all_learn = bool(self._all) and all(learner.learns for learner in self._all)

    def _count_step(self, parameter: Tensor) -> None:
        learner = self._learners.get(parameter)
        if learner is None:
            if not parameter.requires_grad:
                return
            name, born = self._name(parameter), self._born.get(parameter)
            learner = Learner(self._number(parameter), name, tuple(parameter.shape), born)
            learner.version = parameter._version  # noqa: SLF001 - as above
            learner.learns = parameter in self._reached
            learner.is_copy = not learner.learns and self._has_twin(parameter)
            self._learners[parameter] = learner
            self._all.append(learner)
            self._walks = 0
        if learner.learns:
            return
        learner.steps += 1
        learner.moves |= parameter._version != learner.version  # noqa: SLF001 - as above
        is_flat = parameter in self._flat
        # A hook may have put another gradient in the place of the zeros.
        learner.learns = parameter.grad is not None and not (is_flat and _is_zero(parameter.grad))
        # The optimizer itself moves what has a gradient of zeros.
        if not (learner.learns or learner.moves or is_flat) and learner.is_due():
            learner.values = learner.values or Values(parameter)
            learner.moves = learner.values.have_moved()

    def _has_twin(self, parameter: Tensor) -> bool:
        scene = self._scene()
        others = scene.parameters() if scene is not None else []
        alike = (each for each in others if each is not parameter and each.shape == parameter.shape)
        return any(have_equal_values(each, parameter) for each in alike)

    def _end_step(self, parameters: Iterable[Tensor]) -> None:
        for parameter in parameters:
            if (learner := self._learners.get(parameter)) is not None and not learner.learns:
                learner.version = parameter._version  # noqa: SLF001 - as above

    def _walk(self, seen: BackwardBegins) -> None:
        self._walks += 1
        # What autograd writes is also seen by the step.
        if self._walks <= _WALKS or self._walks % _SELDOM == 0:
            self._reach(seen.roots)
        if seen.accumulates:
            self._blame(seen.roots)

    def _reach(self, roots: tuple[Tensor, ...]) -> None:
        leaves = leaves_behind(roots)
        for leaf in leaves.reached:
            self._reached[leaf] = True
            if (learner := self._learners.get(leaf)) is not None:
                learner.learns = True
        self._flat.update((leaf, True) for leaf in leaves.flat)

    def _blame(self, roots: tuple[Tensor, ...]) -> None:
        origin = _NOTHING.union(*(self._origin(root) for root in roots))
        if not origin and all(node_of(root) is None for root in roots):
            # A new leaf that no watched call has made, such as Variable(loss.data): what left the graph last.
            origin = self._latest.get("any", _NOTHING)
        for cut in origin:
            cut.lost.update(cut.behind)
            cut.behind = set()

    def _follow(self, seen: OperationDone) -> None:
        name = _name(seen)
        if name == "_set_grad_enabled":
            self._switch(seen)
        if not name or name.endswith("_like") or name.startswith("new_"):
            return
        given = list(_flattened((seen.args, seen.kwargs)))
        tensors = [each for each in given if isinstance(each, Tensor)]
        origin = self._origin_of(given)
        results = [each for each in _flattened((seen.result,)) if isinstance(each, Tensor)]
        if name in _ESCAPES:
            self._escape(seen, origin | self._cut(seen, name, tensors))
        elif name == "__setitem__" or not results:
            results = tensors[:1] if name == "__setitem__" else []
        for result in results:
            here = origin
            # A leaf among the results: `torch.tensor(loss, requires_grad=True)` begins anew.
            if node_of(result) is None or is_flat(result):
                here = origin | self._cut(seen, name, [each for each in tensors if each is not result])
            if here or self._latest:
                self._origins[result] = here | self._origins.get(result, _NOTHING)

    def _switch(self, seen: OperationDone) -> None:
        if torch.is_grad_enabled():
            self._unrecorded_since = None
        elif self._unrecorded_since is None:
            self._unrecorded_since = seen.site

    def _cut(self, seen: Observation, name: str, tensors: list[Tensor]) -> Origin:
        """Return the cut that an operation makes: it was given something with a graph."""
        severed = [each for each in tensors if each.requires_grad]
        if not severed:
            return _NOTHING
        site = seen.site
        if not torch.is_grad_enabled() and all(node_of(each) is None for each in severed):
            name, site = NO_GRAD, self._unrecorded_since or site
        cut = self._cuts.pop((site.file, site.line, name), None) or Cut(site, name)
        self._cuts[site.file, site.line, name] = cut  # the latest is the last
        leaves = leaves_behind(severed)
        cut.behind.update(self._number(leaf) for leaf in (*leaves.reached, *leaves.flat))
        origin = frozenset({cut})
        self._latest["any"] = origin
        return origin

    def _escape(self, seen: OperationDone, origin: Origin) -> None:
        """Remember a value that Python or NumPy got, to know it again."""
        if not origin:
            return
        value = seen.result
        self._latest["any"] = origin
        if isinstance(value, np.ndarray):
            self._arrays.append((ref(value), address_of(value), origin))
            self._latest["array"] = origin
        else:
            self._latest["number"] = origin
            for number in list(_flattened((value,)))[:_NUMBERS]:
                if isinstance(number, float):
                    self._scalars[number] = origin

    def _origin_of(self, given: list[Any]) -> Origin:
        found = [self._origin_of_value(each) for each in given]
        return _NOTHING.union(*found) if any(found) else _NOTHING

    def _origin_of_value(self, value: Any) -> Origin:
        if isinstance(value, Tensor):
            return self._origin(value)
        if isinstance(value, np.ndarray):
            return self._at(address_of(value)) or self._latest.get("array", _NOTHING)
        if isinstance(value, float) and self._latest:
            # A number that Python has computed with has lost its identity: take the last that left the graph.
            return self._scalars.get(float(value)) or self._latest.get("number", _NOTHING)
        return _NOTHING

    def _origin(self, tensor: Tensor) -> Origin:
        known: Origin | None = self._origins.get(tensor)
        if known is None and self._arrays and tensor.is_leaf and not isinstance(tensor, nn.Parameter):
            # `from_numpy` is not told: it shares the memory, unless NumPy has computed with it.
            known = self._at(_start(tensor)) or self._latest.get("array", _NOTHING)
        return known or _NOTHING

    def _at(self, address: int) -> Origin:
        return next((origin for array, at, origin in self._arrays if at == address and array() is not None), _NOTHING)

    def _number(self, leaf: Tensor) -> int:
        number: int | None = self._numbers.get(leaf)
        if number is None:
            self._count += 1
            number = self._numbers[leaf] = self._count
        return number

    def _name(self, parameter: Tensor) -> str:
        scene = self._scene()
        return scene.name(parameter) if scene is not None else ""


def _is_zero(gradient: Tensor) -> bool:
    return not gradient.is_sparse and not bool(gradient.any())


def _size(optimizer: Optimizer) -> int:
    return sum(len(group["params"]) for group in optimizer.param_groups)


def _name(seen: OperationDone) -> str:
    """Return the name of an operation on values, "" for one that only tells or sets something else."""
    name: str = getattr(seen.function, "__name__", "")
    if name == "__get__":
        name = getattr(getattr(seen.function, "__self__", None), "__name__", "")
        return name if name in _VALUES else ""
    return "" if name == "__set__" else name


def _flattened(values: Iterable[Any], depth: int = 3) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)) and depth:
            yield from _flattened(value, depth - 1)
        elif isinstance(value, dict) and depth:
            yield from _flattened(value.values(), depth - 1)
        else:
            yield value


def _start(tensor: Tensor) -> int:
    """Return where a tensor's values begin in the memory that it may share with NumPy; 0 where it cannot."""
    try:
        return tensor.data_ptr() if tensor.device.type == "cpu" else 0
    except RuntimeError:  # wrapped by functorch, sparse
        return 0
