"""The same optimizer is built again and again, and forgets what it has gathered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from torch import Tensor
from torch.optim import LBFGS, Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import LoaderBegins, ModuleBegins, OptimizerMade, StateLoaded, StepDone
from retorch.checks._rows import row_numbers
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import times
from retorch.checks.rules.loop._samples import Samples
from retorch.lines import Site

# Of longer epochs that is what one knows of the data.
_STEPS_READ = 256
_VALUES_READ = 64
# Of the samples of a pass, so many are read for the first time; of two on the same data, so many are the same.
_NEW, _SAME = 0.9, 0.5


@dataclass(slots=True, eq=False)
class _Life:
    """One optimizer, from the line that built it to the next one that the same line builds.

    Attributes:
        some: three of its parameters: whoever begins from other weights writes them all.
        kind: its class and hyperparameters.
        steps: how many it did.
        gathers: whether it keeps something about its parameters, such as momentum.
        loader: whose batches it stepped on.
        passes: over the data in which it stepped, by their numbers.
        rows: numbers of the samples that it learned from, where the user's code cuts its batches by itself.
        samples: how many these were, each time that one came counted.
        version: of some of its parameters after its last step.
        weights: their values then.
        again: how many optimizers of this line in a row were like it and lived as long.
        before: the one before it, where it was like it.
    """

    optimizer: ref[Optimizer]
    parameters: list[ref[Tensor]]
    some: list[ref[Tensor]]
    kind: tuple[Any, ...]
    steps: int = 0
    gathers: bool = False
    loader: ref[Any] | None = None
    passes: set[int] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    samples: int = 0
    version: int = 0
    weights: Samples = field(default_factory=Samples)
    again: int = 0
    before: _Life | None = None

    def is_followed_by(self, other: _Life) -> bool:
        """Tell whether the next optimizer of this line takes up just what this one has left."""
        parameters = [reference() for reference in self.parameters]
        return (
            self.gathers
            and bool(self.kind)
            and self.kind == other.kind
            and len(parameters) == len(other.parameters)
            and all(one is not None and one is each() for one, each in zip(parameters, other.parameters, strict=True))
            and self.version == _version(self.some)
            and (not self.again or self.weights.are_untouched())
        )

    @property
    def span(self) -> str:
        """For how long it lived: "step", "epoch", or "" where it is neither."""
        if self.steps == 1:
            return "step"
        is_one_pass = len(self.passes) == 1 if self.loader else 0 < _NEW * self.samples <= len(self.rows)
        return "epoch" if self.steps > 1 and is_one_pass else ""

    @property
    def is_on_the_same_data(self) -> bool:
        """Whether it stepped on the same data as the one before it, as far as that is known."""
        if self.before is None:
            return True
        if self.loader or self.before.loader:
            return _is_the_same(self.loader, self.before.loader)
        common = len(self.rows & self.before.rows)
        return self.span == "step" or common >= _SAME * min(len(self.rows), len(self.before.rows))


class OptimizerMadeAnew(Rule):
    """An optimizer with the same parameters and hyperparameters is built for each step or each epoch.

    Why it matters: momentum and the averages of Adam begin at zero each time. Adam then takes steps of the full
    learning rate in every direction, as in its first step, and a scheduler of the first optimizer has lost it.

    When it is fine: rounds that begin from other weights or with other data, as in federated or continual learning;
    this check asks for the weights that the last one left, and for one pass over the same data.

    Wrong: `for epoch in range(epochs): optimizer = Adam(model.parameters()); ...`.

    Right: `optimizer = Adam(model.parameters())` once, before the loop.
    """

    name = "optimizer-made-anew"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._lives: dict[Site, _Life] = {}
        self._loader: ref[Any] | None = None
        self._pass = 0
        # Numbers of the samples that go into the next step; None when they are not read yet.
        self._rows: list[int] | None = None

    @sees(OptimizerMade)
    def judge(self, seen: OptimizerMade) -> Iterator[Finding]:
        """Judge an optimizer by the one that the same line has built before."""
        site, life = seen.site, _begin(seen.optimizer)
        last = self._lives.get(site)
        self._lives[site] = life
        if last is None or not last.span or not last.is_followed_by(life):
            return
        life.again = last.again + 1 if last.is_on_the_same_data else 1
        life.before, last.before = last, None
        if life.again >= (2 if last.span == "epoch" else 3):
            yield self.finding(
                site,
                f"this builds the same optimizer anew for each {last.span}, which forgets its momentum and averages",
                evidence=f"{life.again} times in a row, {type(seen.optimizer).__name__} with the same "
                f"{times(len(life.parameters), 'parameter')} and settings took the place of one that had done "
                f"{times(last.steps, 'step')}",
                remedy="build the optimizer once, before the loop",
            )

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Count the passes over the data."""
        self._loader, self._pass = ref(seen.loader), self._pass + 1

    @sees(ModuleBegins)
    def read(self, seen: ModuleBegins) -> None:
        """Read the samples of a batch, where there is no loader to know them by."""
        if self._rows is not None or seen.depth or self._loader or not seen.grad_enabled or not self._reads_on():
            return
        data = seen.args[0] if seen.args else None
        if seen.module.training and isinstance(data, Tensor) and not data.requires_grad:
            self._rows = row_numbers(data, _VALUES_READ)

    def _reads_on(self) -> bool:
        return any(life.steps < _STEPS_READ for life in self._lives.values())

    @sees(StateLoaded)
    def load(self, seen: StateLoaded) -> None:
        """An optimizer whose state is loaded has lost nothing."""
        for life in self._lives.values():
            if life.optimizer() is seen.owner:
                life.again = 0
                life.kind = ()

    @sees(StepDone)
    def step(self, seen: StepDone) -> None:
        """Take note of what a step has left."""
        for life in self._lives.values():
            if life.optimizer() is seen.optimizer:
                life.steps += 1
                life.loader = self._loader
                life.passes.add(self._pass)
                life.gathers = life.gathers or _gathers(seen.optimizer)
                life.version = _version(life.some)
                if self._rows and life.steps <= _STEPS_READ:
                    life.rows.update(self._rows)
                    life.samples += len(self._rows)
                if life.again:
                    life.weights.take(held_by(seen.optimizer))
        self._rows = None


def _begin(optimizer: Optimizer) -> _Life:
    hyperparameters = tuple(repr(value) for value in optimizer.defaults.values())
    kind = () if isinstance(optimizer, LBFGS) else (type(optimizer), *hyperparameters)
    parameters = [ref(parameter) for parameter in held_by(optimizer)]
    some = [parameters[place] for place in {0, len(parameters) // 2, len(parameters) - 1}] if parameters else []
    return _Life(ref(optimizer), parameters, some, kind)


def _gathers(optimizer: Optimizer) -> bool:
    """Tell whether an optimizer keeps tensors in its state beside the number of the step."""
    return any(
        isinstance(value, Tensor) and value.dim() for state in optimizer.state.values() for value in state.values()
    )


def _version(parameters: list[ref[Tensor]]) -> int:
    there = (parameter() for parameter in parameters)
    return sum(parameter._version for parameter in there if parameter is not None)  # noqa: SLF001 - counts writes


def _is_the_same(one: ref[Any] | None, other: ref[Any] | None) -> bool:
    return one is not None and other is not None and one() is not None and one() is other()
