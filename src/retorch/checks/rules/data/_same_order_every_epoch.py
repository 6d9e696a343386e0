"""A shuffle that gives the same order in each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, ref

from torch.utils.data import DistributedSampler, RandomSampler, SubsetRandomSampler, WeightedRandomSampler

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    BatchFetched,
    LoaderBegins,
    ModuleBegins,
    OptimizerMade,
    OrderDrawn,
    Seeded,
)
from retorch.checks._rows import row_numbers, tensors_in
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.data._references import reference
from retorch.lines import Site

# Two orders of fewer samples may be equal by chance.
_FEWEST_SAMPLES = 6


@dataclass(frozen=True)
class _Moment:
    """How far the training was."""

    step: int
    seeds: int
    optimizers: int


@dataclass
class _Pass:
    """The first two batches of a pass, as far as it has come; a pass may be left by `break` after them."""

    loader: Callable[[], Any]
    data: Callable[[], Any]
    site: Site
    epoch: Any
    began: _Moment
    indices: list[tuple[int, ...]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


@dataclass
class _Drawn:
    """A permutation that the user's code drew, and the first batch that the model was trained on after it."""

    site: Site
    number: int
    count: int
    drawn: _Moment
    before: list[int]
    rows: list[int] = field(default_factory=list)


class SameOrderEveryEpoch(Rule):
    """A shuffle gives the same order again in the next epoch of training.

    Why it matters: the batches are made of the same samples in the same order each time, so that the noise which a
    shuffle gives to the training is gone after the first epoch.

    When it is fine: when each epoch is meant to repeat the one before it.

    Wrong: a `DistributedSampler` without `set_epoch`; a loader built anew in each epoch with
    `generator=torch.Generator().manual_seed(0)`, or a permutation drawn from such a generator.

    Right: `sampler.set_epoch(epoch)` before each epoch; one loader and one generator for all of them.

    Reported: https://github.com/pytorch/pytorch/issues/31771
    """

    name = "same-order-every-epoch"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._now: WeakKeyDictionary[Any, _Pass] = WeakKeyDictionary()
        # By the data set, and by the line that walks it: both may be made anew in each epoch.
        self._last: dict[int | str, _Pass] = {}
        self._drawn: dict[tuple[str, int], _Drawn] = {}
        self._waiting: list[_Drawn] = []
        self._seeds = 0
        self._optimizers = 0

    @sees(Seeded)
    def seeded(self, _: Seeded) -> None:
        """Count seeds: an order that comes back after one is the seed's doing, which has a check of its own."""
        self._seeds += 1

    @sees(OptimizerMade)
    def made(self, _: OptimizerMade) -> None:
        """Count optimizers: with a new one begins another training, which may have the order of the one before."""
        self._optimizers += 1

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Note where a shuffled pass begins."""
        loader = seen.loader
        sampler = _sampler_of(loader)
        if _shuffles(sampler):
            epoch = getattr(sampler, "epoch", None)
            self._now[loader] = _Pass(ref(loader), reference(loader.dataset), seen.site, epoch, self._moment())

    @sees(BatchFetched)
    def compare(self, seen: BatchFetched) -> Iterator[Finding]:
        """Compare the first two batches with those of the pass before."""
        now = self._now.get(seen.loader)
        if now is None or seen.indices is None or seen.number > 1:
            return
        now.indices.append(seen.indices)
        now.rows += _numbers(seen.batch)
        if seen.number == 0 or not (self.scene.step > now.began.step or self.scene.phase == "training"):
            return
        before = self._last.get(id(seen.loader.dataset))
        if before is None or not _are_of_the_same(before, seen.loader):
            before = self._last.get(now.site.place)
        if before is not None and self._is_same(before, now, seen.loader):
            yield self._found(before, now, _sampler_of(seen.loader))
        self._last[id(seen.loader.dataset)] = self._last[now.site.place] = now

    @sees(OrderDrawn)
    def drawn(self, seen: OrderDrawn) -> None:
        """Note a permutation; one like the last one of its line is compared by what the model is trained on then."""
        if seen.count < _FEWEST_SAMPLES or not seen.is_index:
            return
        site = seen.site
        last = self._drawn.get((site.place, seen.count))
        same = last is not None and last.number == seen.number and self._is_another_epoch(last.drawn)
        now = _Drawn(site, seen.number, seen.count, self._moment(), last.rows if same and last is not None else [])
        self._drawn[site.place, seen.count] = now
        self._waiting.append(now)

    @sees(ModuleBegins)
    def called(self, seen: ModuleBegins) -> Iterator[Finding]:
        """Note what the model is trained on first after a permutation was drawn."""
        if not self._waiting or seen.depth:
            return
        rows = _numbers(seen.args) if self.scene.phase == "training" else []
        for drawn in self._waiting:
            # A permutation may serve something else where all samples are one batch.
            drawn.rows = rows if len(rows) < drawn.count else []
            if drawn.rows and drawn.rows == drawn.before:
                yield self._found_draw(drawn)
        self._waiting.clear()

    def _moment(self) -> _Moment:
        return _Moment(self.scene.step, self._seeds, self._optimizers)

    def _is_another_epoch(self, before: _Moment) -> bool:
        now = self._moment()
        return now.step > before.step and now.seeds == before.seeds and now.optimizers == before.optimizers

    def _is_same(self, before: _Pass, now: _Pass, loader: Any) -> bool:
        # An epoch of its own decides on the order, whatever is seeded in between.
        seeds = before.began.seeds == now.began.seeds or now.epoch is not None
        return (
            seeds
            and now.began.optimizers == before.began.optimizers
            and now.began.step > before.began.step
            and before.indices == now.indices
            and (_are_of_the_same(before, loader) or (before.rows == now.rows != []))
            and sum(map(len, now.indices)) >= _FEWEST_SAMPLES
        )

    def _found(self, before: _Pass, now: _Pass, sampler: Any) -> Finding:
        forgot = now.epoch is not None and now.epoch == before.epoch
        return self.finding(
            now.site,
            "the shuffle gives the same order in each epoch"
            + (": nobody told the sampler that a new one has begun" if forgot else ""),
            evidence=f"two passes with {type(sampler).__name__} began with samples "
            f"{', '.join(map(str, now.indices[0][:6]))}, ..."
            + (f", both in its epoch {now.epoch}" if forgot else " and gave the same first batches"),
            remedy="sampler.set_epoch(epoch) before each epoch" if forgot
            else "build the loader and its generator once, outside of the loop",
        )  # fmt: skip

    def _found_draw(self, drawn: _Drawn) -> Finding:
        return self.finding(
            drawn.site,
            "the shuffle gives the same order in each epoch",
            evidence="the same permutation was drawn here again after further steps, and the model was trained on the "
            f"same batch of {len(drawn.rows)} first",
            remedy="make the generator once, before the loop, and draw each permutation from it",
        )


def _sampler_of(loader: Any) -> Any:
    """Return what gives the order: a loader that was given a batch_sampler has a dummy for a sampler."""
    return getattr(loader.batch_sampler, "sampler", loader.sampler)


def _shuffles(sampler: Any) -> bool:
    if isinstance(sampler, DistributedSampler):
        return sampler.shuffle
    return isinstance(sampler, (RandomSampler, SubsetRandomSampler, WeightedRandomSampler))


def _are_of_the_same(before: _Pass, loader: Any) -> bool:
    return before.loader() is loader or before.data() is loader.dataset


def _numbers(batch: Any) -> list[int]:
    inputs = next(tensors_in(batch), None)
    return row_numbers(inputs) if inputs is not None else []
