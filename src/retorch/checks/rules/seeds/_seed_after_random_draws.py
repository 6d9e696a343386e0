"""A seed that comes after the weights, or the split, were drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Subset, TensorDataset
from torch.utils.weak import WeakTensorKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import (
    Began,
    LoaderBegins,
    ModuleBegins,
    OperationDone,
    OrderBegins,
    OrderDrawn,
    SeedBegins,
    Seeded,
    StepBegins,
    Written,
)
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks._writes import version
from retorch.checks.rules._callers import Callers
from retorch.checks.rules._flow import name_of
from retorch.checks.rules._words import listed
from retorch.checks.rules.seeds._states import Generator, draws, state_of
from retorch.lines import Site

_SEEDING: dict[Generator, str] = {"torch": "torch.manual_seed", "numpy": "np.random.seed", "random": "random.seed"}


class SeedAfterRandomDraws(Rule):
    """The first seed comes after random numbers that the training uses.

    Why it matters: the initial weights, the split or the data are others in each run, although the script looks
    repeatable.

    When it is fine: what was drawn before the seed may differ from run to run, and only what comes after it matters.

    Wrong: `model = Net()` and then `torch.manual_seed(0)`.

    Right: `torch.manual_seed(0)` first, then `model = Net()`.

    Reported: https://github.com/online-ml/deep-river/issues/172
    """

    name = "seed-after-random-draws"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._stood: dict[Generator, int] = {}
        # Each drawn tensor, its version after the draw, for whatever writes over it takes the draw back, and the line.
        self._drawn: Any = WeakTensorKeyDictionary()
        # The line of the first shuffle by NumPy's global generator.
        self._shuffled_at = ""
        self._drew: dict[Generator, list[str]] = {"torch": [], "numpy": [], "random": []}
        self._seeds: dict[Generator, Any] = {}
        self._callers: dict[Generator, Callers] = {}
        self._sites: dict[Generator, Site] = {}

    @sees(Began)
    def begin(self, _: Began) -> None:
        """Note where the generators stand."""
        self._stood = {"torch": state_of("torch"), "numpy": state_of("numpy")}

    @sees(Written)
    def written(self, seen: Written) -> None:
        """Note what was filled with random numbers before the seed."""
        if "torch" not in self._seeds and draws(seen.function) and self._has_drawn():
            self._drawn[seen.tensor] = version(seen.tensor), seen.site.place

    @sees(OperationDone)
    def called(self, seen: OperationDone) -> None:
        """Note what came out random before the seed, and which of it is used after it."""
        if "torch" not in self._seeds:
            is_drawn = draws(seen.function) and self._has_drawn()
            drawn_at = seen.site.place if is_drawn else self._drawn_at(seen.args) if self._drawn else ""
            if isinstance(seen.result, Tensor) and drawn_at:
                self._drawn[seen.result] = version(seen.result), drawn_at
                if name_of(seen.function) == "randperm":
                    # It becomes a split or an order, also where it is a list afterwards.
                    self._drew["torch"].append(f"a permutation of {len(seen.result)} at {seen.site.place}")
        elif "torch" in self._callers and not self._drew["torch"]:
            self._use(seen.args)

    @sees(LoaderBegins)
    def loaded(self, seen: LoaderBegins) -> None:
        """Note a data set of random numbers that are used after the seed."""
        if "torch" in self._callers and not self._drew["torch"]:
            data = seen.loader.dataset
            while isinstance(data, Subset):
                data = data.dataset
            self._use(data.tensors if isinstance(data, TensorDataset) else ())

    def _use(self, values: Iterable[Any]) -> None:
        self._drew["torch"] = [
            f"a tensor {tuple(each.shape)} at {self._drawn[each][1]}"
            for each in values
            if self._is_drawn(each) and not _is_weight(each)
        ]

    @sees(OrderDrawn)
    def shuffled(self, seen: OrderDrawn) -> None:
        """Note what was shuffled before the seed."""
        if seen.how == "random.shuffle" and "random" not in self._seeds:
            self._drew["random"].append(f"a shuffle of {seen.count} at {seen.site.place}")
        if "numpy" not in self._seeds and self._stood["numpy"] != state_of("numpy"):
            self._shuffled_at = self._shuffled_at or seen.site.place

    @sees(SeedBegins)
    def judge_numpy(self, seen: SeedBegins) -> None:
        """Note whether NumPy's generator has been drawn from before its first seed."""
        if seen.generator == "numpy" and "numpy" not in self._seeds and self._stood["numpy"] != state_of("numpy"):
            self._drew["numpy"] = [f"a shuffle at {self._shuffled_at}" if self._shuffled_at else "random numbers"]

    @sees(Seeded)
    def seeded(self, seen: Seeded) -> None:
        """Note the first seed of a generator, and who set it."""
        if seen.generator in self._drew and seen.generator not in self._seeds and not self.scene.step:
            self._seeds[seen.generator] = seen.seed
            if self._drew[seen.generator] or (seen.generator == "torch" and self._drawn):
                self._callers[seen.generator] = Callers()

    @sees(ModuleBegins, LoaderBegins, OrderBegins, StepBegins)
    def go_on(self, _: ModuleBegins | LoaderBegins | OrderBegins | StepBegins) -> None:
        """The training goes on: whoever called the seeding and still runs has the line."""
        if len(self._callers) == len(self._sites):
            return
        for generator in self._callers.keys() - self._sites.keys():
            self._sites[generator] = self._callers[generator].still_running()

    @sees(StepBegins)
    def judge(self, seen: StepBegins) -> Iterator[Finding]:
        """Judge at the first step what of that went into the training."""
        if not self._callers:
            return
        weights = held_by(seen.optimizer)
        drawn = sum(self._is_drawn(weight) for weight in weights)
        if drawn:
            place = self._drawn_at(weights)
            self._drew["torch"].insert(0, f"{drawn} of the {len(weights)} weights of this training at {place}")
        for generator in self._callers:
            if self._drew[generator] and self._is_in_force(generator):
                yield self._found(generator)
        self._callers.clear()
        self._sites.clear()

    def _has_drawn(self) -> bool:
        now = state_of("torch")
        before, self._stood["torch"] = self._stood.get("torch", now), now
        return now != before

    def _is_drawn(self, value: Any) -> bool:
        return isinstance(value, Tensor) and self._drawn.get(value, (None,))[0] == version(value)

    def _drawn_at(self, values: Iterable[Any]) -> str:
        """Return the line that drew the first of some values; "" where none was drawn."""
        return next((self._drawn[each][1] for each in values if self._is_drawn(each)), "")

    def _is_in_force(self, generator: Generator) -> bool:
        # After `fork_rng` the old seed is back: what was seeded inside of it is over.
        return generator != "torch" or torch.initial_seed() == self._seeds["torch"]

    def _found(self, generator: Generator) -> Finding:
        function = _SEEDING[generator]
        return self.finding(
            self._sites[generator],
            "this seed comes too late: random numbers that the training uses were drawn before it",
            evidence=f"before {function}({self._seeds[generator]!r}), this generator had drawn "
            f"{listed(self._drew[generator])}",
            remedy=f"call {function} first, before the data is split and the model is built",
        )


def _is_weight(tensor: Tensor) -> bool:
    return isinstance(tensor, nn.Parameter)
