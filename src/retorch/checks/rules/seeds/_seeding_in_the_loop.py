"""The generator starts again from the same seed while the training goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    LoaderBegins,
    ModuleBegins,
    OperationDone,
    OrderBegins,
    Seeded,
    StepBegins,
    StepDone,
)
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._callers import Callers
from retorch.checks.rules.seeds._states import Generator, draws, state_of
from retorch.lines import Site


@dataclass
class _Seeding:
    """A seed, the optimizers that stepped after it, and the state of the generator at the first of these steps."""

    seed: Any
    fresh: int
    site: Site | None = None
    stepped: WeakSet[Optimizer] = field(default_factory=WeakSet)
    state: int | None = None
    before: _Seeding | None = None


class SeedingInTheLoop(Rule):
    """A global generator is seeded again and again with the same seed during one training.

    Why it matters: the same random numbers come back. Each epoch has the same shuffle and the same augmentations, or
    each batch the same dropout mask, and the training is less random than it seems.

    When it is fine: in a loop over runs or folds, where model and optimizer are built anew after the seed.

    Wrong: `for epoch in range(10): torch.manual_seed(0); train(model, loader, optimizer)`.

    Right: `torch.manual_seed(0)` once, before the model is built. Where a validation needs numbers of its own, draw
    them from a `torch.Generator` or inside of `torch.random.fork_rng()`.

    Reported: https://github.com/huggingface/diffusers/issues/175
    """

    name = "seeding-in-the-loop"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._current: dict[Generator, _Seeding] = {}
        self._unplaced: dict[Generator, Callers] = {}
        self._sites: dict[tuple[tuple[str, int], ...], Site] = {}
        self._placed: dict[tuple[Generator, str, int], _Seeding] = {}

    @sees(Seeded)
    def seeded(self, seen: Seeded) -> None:
        """Note the seed and who called."""
        self._current[seen.generator] = _Seeding(seen.seed, state_of(seen.generator))
        self._unplaced[seen.generator] = Callers()

    @sees(OperationDone)
    def draw(self, seen: OperationDone) -> None:
        """Numbers are drawn: whoever seeded for that still runs."""
        if "torch" in self._unplaced and draws(seen.function):
            self._place("torch")

    @sees(OrderBegins)
    def shuffle(self, _: OrderBegins) -> None:
        """As `draw`, by any generator."""
        for generator in list(self._unplaced):
            self._place(generator)

    @sees(ModuleBegins, LoaderBegins, StepBegins)
    def go_on(self, _: ModuleBegins | LoaderBegins | StepBegins) -> None:
        """The training goes on: whoever called the seeding and still runs has the line."""
        for generator in list(self._unplaced):
            self._place(generator)

    @sees(StepDone)
    def judge(self, seen: StepDone) -> Iterator[Finding]:
        """Judge at the first step after a seeding whether it is where an earlier one was."""
        for generator, seeding in self._current.items():
            seeding.stepped.add(seen.optimizer)
            if seeding.state is not None:
                continue
            seeding.state = state_of(generator)
            before = seeding.before
            if (
                before is not None
                and seeding.site is not None
                and before.state == seeding.state != seeding.fresh
                and seen.optimizer in before.stepped
            ):
                yield self._found(generator, seeding, seeding.site)

    def _place(self, generator: Generator) -> None:
        seeding = self._current[generator]
        callers = self._unplaced.pop(generator)
        # What is drawn right after a seed is seen in the first steps only: the same call keeps its line.
        seeding.site = self._sites.setdefault(callers.places, callers.still_running())
        place = (generator, seeding.site.file, seeding.site.line)
        before = self._placed.get(place)
        if before is not None and before.seed == seeding.seed:
            before.before = None
            seeding.before = before
        self._placed[place] = seeding

    def _found(self, generator: Generator, seeding: _Seeding, site: Site) -> Finding:
        return self.finding(
            site,
            f"the generator of {generator} starts again from the same seed, so the same random numbers come back",
            evidence=f"seed {seeding.seed!r} again before step {self.scene.step - 1} of a training that goes on; after "
            "it the generator stood where it had stood after the seeding before",
            remedy="seed once, before the model is built; inside of the loop use a torch.Generator of its own",
        )
