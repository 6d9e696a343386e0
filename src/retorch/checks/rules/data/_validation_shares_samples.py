"""Samples that a model is trained on and judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from torch import Tensor
from torch.utils.data import SubsetRandomSampler, TensorDataset

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    BatchFetched,
    DataMade,
    Ended,
    LoaderBegins,
    LoaderEnded,
    LoaderMade,
    ModuleBegins,
    OperationDone,
    OptimizerMade,
)
from retorch.checks._rows import has_rows, row_numbers, tensors_in
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.data._by_hand import ByHand
from retorch.checks.rules.data._origins import Cuts, Origins, where_they_part
from retorch.checks.rules.data._references import Tokens, below_subsets, reference
from retorch.checks.rules.data._uses import line_that_cut
from retorch.lines import Site

# Of two data sets a few equal rows may be natural.
_FEWEST_SHARED = 5
_LEAST_SHARE = 0.05
_LEAST_DISTINCT = 0.99
# Rows of fewer values may be equal by chance.
_FEWEST_VALUES = 4
_MOST_ROWS = 20_000
_MOST_SETS = 100
# Fewer are only looked at.
_FEWEST_BY_HAND = 20


@dataclass
class _Samples:
    """A data set that was walked: its samples by content and by place, and what for."""

    data: Callable[[], Any]
    site: Site
    content: list[int] = field(default_factory=list)
    places: set[tuple[int, int]] = field(default_factory=set)
    is_complete: bool = False
    trains: bool = False
    evaluates: bool = False
    # How far the training was when the pass began that is going on.
    step: int = 0
    evaluations: int = 0
    cuts: Cuts = ()
    # Which models were trained on a batch of it, or judged by one.
    learners: set[int | None] = field(default_factory=set)
    judged: set[int | None] = field(default_factory=set)

    def distinct_content(self) -> set[int]:
        """Return the content; nothing where rows are so simple that they repeat by themselves."""
        distinct = set(self.content)
        return distinct if len(distinct) >= _LEAST_DISTINCT * len(self.content) else set()


class _Shared(NamedTuple):
    """How many samples of one set are also in others, how many it has, and how many the others have."""

    shared: int
    here: int
    there: int

    @property
    def matters(self) -> bool:
        return self.shared >= max(_FEWEST_SHARED, _LEAST_SHARE * self.here)

    @property
    def is_a_part(self) -> bool:
        return self.shared < min(self.here, self.there)

    @property
    def is_all(self) -> bool:
        return self.shared == self.here == self.there


class ValidationSharesSamples(Rule):
    """A part of the samples that a model is validated or tested on were trained on.

    Why it matters: on these the model only has to remember. The score is too good, and early stopping, the choice of
    hyperparameters and the published number follow it.

    When it is fine: to watch the accuracy on training samples; a set that is only that, beside one that shares nothing,
    is not reported, nor is the training set itself.

    Wrong: `train, _ = random_split(data, [800, 200])`, and then `_, valid = random_split(data, [800, 200])`.

    Right: `train, valid = random_split(data, [800, 200])`.

    Reported: https://github.com/TensorAuto/OpenTau/pull/498
    """

    name = "validation-shares-samples"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._made: dict[int | None, Site] = {}
        self._loaders: WeakKeyDictionary[Any, Site] = WeakKeyDictionary()
        self._now: WeakKeyDictionary[Any, _Samples] = WeakKeyDictionary()
        self._sets: dict[tuple[int, int], _Samples] = {}
        self._latest: _Samples | None = None
        self._learners: set[int | None] = set()
        self._tokens = Tokens()
        self._origins = Origins()
        self._by_hand = ByHand()

    @sees(DataMade)
    def made(self, seen: DataMade) -> None:
        """Note which line chose some samples."""
        self._made[self._tokens.of(seen.data)] = seen.site

    @sees(LoaderMade)
    def loader_made(self, seen: LoaderMade) -> None:
        """Note which line built a loader."""
        self._loaders[seen.loader] = seen.site

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Note which data set is walked; what it holds is read once."""
        data, key = seen.loader.dataset, _key(seen.loader)
        known = self._sets.get(key)
        if known is None or known.data() is not data:
            known = _Samples(reference(data), self._site(seen), cuts=self._cuts_of(data))
            if len(self._sets) < _MOST_SETS:
                self._sets[key] = known
        elif not known.is_complete:
            known.content, known.places = [], set()
        known.step, known.evaluations = self.scene.step, self.scene.calls["evaluation"]
        self._now[seen.loader] = known

    @sees(BatchFetched)
    def read(self, seen: BatchFetched) -> None:
        """Note the samples of a batch, and whether the last one was stepped on."""
        walked = self._now.get(seen.loader)
        self._latest = walked
        if walked is None:
            return
        walked.trains = walked.trains or self.scene.step > walked.step
        if walked.is_complete or len(walked.content) > _MOST_ROWS:
            return
        inputs = next((each for each in tensors_in(seen.batch) if _is_input(each)), None)
        walked.content += row_numbers(inputs) if inputs is not None else []
        base, places = below_subsets(seen.loader.dataset, seen.indices)
        token = self._tokens.of(base)
        if token is not None:
            walked.places.update((token, place) for place in places)

    @sees(LoaderEnded)
    def end(self, seen: LoaderEnded) -> None:
        """Note what the pass was for."""
        walked = self._now.pop(seen.loader, None)
        if walked is not None:
            walked.is_complete = True
            walked.trains = walked.trains or self.scene.step > walked.step
            walked.evaluates = walked.evaluates or self.scene.calls["evaluation"] > walked.evaluations

    @sees(OperationDone)
    def follow(self, seen: OperationDone) -> None:
        """Note where tensors are cut."""
        self._origins.follow(seen)

    @sees(ModuleBegins)
    def called(self, seen: ModuleBegins) -> None:
        """Note which model is given what, also what comes from no loader."""
        if seen.depth or next(seen.module.parameters(), None) is None:
            return
        model, trains = self._tokens.of(seen.module), self.scene.phase == "training"
        if trains:
            self._learners.add(model)
        if self._now:
            if self._latest is not None:
                (self._latest.learners if trains else self._latest.judged).add(model)
        # What a target network computes, or a value without gradients, belongs to the training.
        elif trains or (model in self._learners and not seen.module.training):
            inputs = next((each for each in tensors_in(seen.args) if _is_input(each)), None)
            if inputs is not None:
                self._by_hand.read(self.scene.phase, inputs, self._origins.of(inputs))

    @sees(OptimizerMade, Ended)
    def conclude(self, _: OptimizerMade | Ended) -> Iterator[Finding]:
        """Judge at the end of a training; with a new optimizer begins another one, as in a cross validation."""
        walked = list(self._sets.values())
        self._sets.clear()
        trained = [each for each in walked if each.trains]
        judged = [each for each in walked if each.evaluates and not each.trains and each.is_complete]
        shares = [_shared(each, _trained_by(each.judged, trained)) for each in judged]
        has_clean = any(not share.shared for share in shares)
        for each, share in zip(judged, shares, strict=True):
            if share.matters and not share.is_all and (share.is_a_part or not has_clean):
                yield self._found(where_they_part(each.cuts, _cuts_of(trained)) or each.site, share)
        known = set[int]().union(*(each.distinct_content() for each in trained))
        by_hand = [
            (each.site, _Shared(each.known, each.here, each.there))
            for each in self._by_hand.judge(known, _cuts_of(trained))
            if each.here >= _FEWEST_BY_HAND
        ]
        # Beside a clean one, what is predicted for some samples of both kinds may only be shown.
        if all(share.shared for _, share in by_hand) and not (shares and has_clean):
            for site, share in by_hand:
                if share.matters and share.is_a_part:
                    yield self._found(line_that_cut(site), share)
        self._by_hand = ByHand()

    def _cuts_of(self, data: Any) -> Cuts:
        return self._origins.of(data.tensors[0]) if isinstance(data, TensorDataset) and data.tensors else ()

    def _site(self, seen: LoaderBegins) -> Site:
        if isinstance(seen.loader.sampler, SubsetRandomSampler):
            return self._loaders.get(seen.loader) or seen.site
        made = self._made.get(self._tokens.of(seen.loader.dataset))
        return made or self._loaders.get(seen.loader) or seen.site

    def _found(self, site: Site, share: _Shared) -> Finding:
        return self.finding(
            site,
            "the model is judged by samples that it was trained on",
            evidence=f"{share.shared} of the {share.here} samples here are also among the {share.there} that were "
            "trained on",
            remedy="split once, and take both parts from the same split",
        )


def _key(loader: Any) -> tuple[int, int]:
    """Tell sets of samples apart: a data set, or what a sampler chooses from it."""
    chosen = loader.sampler.indices if isinstance(loader.sampler, SubsetRandomSampler) else ()
    return id(loader.dataset), hash(tuple(sorted(int(index) for index in chosen)))


def _trained_by(models: set[int | None], trained: list[_Samples]) -> list[_Samples]:
    """Return what some models were trained on; all, where none of them was, as an average of weights is not."""
    theirs = [each for each in trained if each.learners & models]
    return theirs or trained


def _cuts_of(trained: list[_Samples]) -> Cuts:
    return next((each.cuts for each in trained if each.cuts), ())


def _is_input(tensor: Tensor) -> bool:
    return has_rows(tensor) and tensor.dim() > 1 and tensor.numel() >= _FEWEST_VALUES * len(tensor)


def _shared(one: _Samples, others: list[_Samples]) -> _Shared:
    """Compare by content, unless samples are equal among themselves; and by place, which also sees augmented ones."""
    content = one.distinct_content()
    theirs = set[int]().union(*(other.distinct_content() for other in others))
    places = set[tuple[int, int]]().union(*(other.places for other in others))
    return max(
        _Shared(len(content & theirs), len(content), len(theirs)),
        _Shared(len(one.places & places), len(one.places), len(places)),
    )
