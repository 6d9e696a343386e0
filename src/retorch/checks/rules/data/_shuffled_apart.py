"""Inputs and targets that were shuffled by two different draws."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from torch import Tensor
from torch.utils.data import RandomSampler, SequentialSampler

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    ArrayTaken,
    BatchFetched,
    LoaderBegins,
    LoaderEnded,
    LoaderMade,
    ModuleBegins,
    ModuleDone,
    OperationDone,
    OrderBegins,
    OrderDrawn,
    StepDone,
)
from retorch.checks._rows import tensors_in
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import name_of
from retorch.checks.rules._words import times
from retorch.checks.rules.data._held import Rows, numbers_of
from retorch.checks.rules.data._orders import Draw, Orders, Path
from retorch.checks.rules.data._origins import Cuts, Origins
from retorch.checks.rules.data._pairing import Pairing, Pairs, Parted
from retorch.checks.rules.data._references import below_subsets
from retorch.checks.rules.data._uses import line_that_uses
from retorch.lines import UNKNOWN, Site

# Losses that compare each row of their input with the same row of their target.
_ROW_BY_ROW = frozenset({
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "huber_loss", "kl_div", "l1_loss",
    "mse_loss", "multi_margin_loss", "multilabel_soft_margin_loss", "nll_loss", "poisson_nll_loss", "smooth_l1_loss",
    "soft_margin_loss",
})  # fmt: skip
_DIFFERENCE = frozenset({"__rsub__", "__sub__", "rsub", "sub", "subtract"})


_MOST_INPUTS = 8
_MOST_PAIRS = 10_000


class _Given(NamedTuple):
    """Rows that a model was given, and where they were cut."""

    rows: Rows
    cuts: Cuts


@dataclass
class _Pass:
    """A pass over a loader that began after some steps: the pairs by their places in the data."""

    step: int
    pairs: dict[int, tuple[int, int | None, int]] = field(default_factory=dict)

    def take_in(self, seen: BatchFetched) -> None:
        rows = [numbers_of(each) for each in tensors_in(seen.batch)]
        if len(rows) != 2 or len(self.pairs) > _MOST_PAIRS:
            return
        _, places = below_subsets(seen.loader.dataset, seen.indices)
        inputs, targets = rows
        if len(places) == len(inputs.values) == len(targets.values):
            orders: list[int | None] = [*inputs.orders] or [None] * len(places)
            self.pairs.update(zip(places, zip(inputs.values, orders, targets.values, strict=True), strict=True))


class InputsAndTargetsShuffledApart(Rule):
    """The rows of the inputs and those of the targets were picked by two different random draws.

    Why it matters: each input is compared with the target of another sample. The model can learn nothing but the mean
    of the targets; the loss falls to that of a constant guess and stays there.

    When it is fine: a baseline with random labels.

    Wrong: `x, y = x[torch.randperm(n)], y[torch.randperm(n)]`, or two loaders with `shuffle=True` in one `zip`.

    Right: `order = torch.randperm(n)` and `x, y = x[order], y[order]`; one `TensorDataset(x, y)` in one loader.

    Reported: https://github.com/xudonmao/VMT/issues/1
    """

    name = "inputs-and-targets-shuffled-apart"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._orders = Orders()
        self._made: WeakKeyDictionary[Any, Site] = WeakKeyDictionary()
        self._pairing = Pairing()
        self._origins = Origins()
        self._passes: WeakKeyDictionary[Any, _Pass] = WeakKeyDictionary()
        # What the models were given since the last step, and pairs of the steps so far.
        self._inputs: deque[_Given] = deque(maxlen=_MOST_INPUTS)
        self._has_seen_all = False
        self._run = Pairs(Rows([], []), [])
        self._is_told = False

    @sees(LoaderMade)
    def made(self, seen: LoaderMade) -> None:
        """Note which line built a loader."""
        self._made[seen.loader] = seen.site

    @sees(OrderBegins)
    def draws(self, seen: OrderBegins) -> None:
        """Note what belongs together before something is put into another order."""
        self._pairing.begin(seen)

    @sees(OrderDrawn)
    def shuffled(self, seen: OrderDrawn) -> None:
        """Note an order."""
        self._orders.shuffled(seen)
        self._pairing.drawn(seen)

    @sees(ArrayTaken)
    def taken(self, seen: ArrayTaken) -> None:
        """Note where an array becomes a tensor."""
        self._origins.taken(seen)

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Collect the first pass, where an order was drawn before."""
        if seen.number == 0 and self._pairing.has_draws and not self._is_told:
            self._passes[seen.loader] = _Pass(self.scene.step)

    @sees(LoaderEnded)
    def end(self, seen: LoaderEnded) -> Iterator[Finding]:
        """Judge what was collected, if the model was trained on it."""
        walked = self._passes.pop(seen.loader, None)
        if walked is not None and self.scene.step > walked.step:
            places = sorted(walked.pairs)
            pairs = [walked.pairs[place] for place in places]
            inputs = Rows([value for value, *_ in pairs], [order for _, order, _ in pairs if order is not None])
            yield from self._judge_pairs(Pairs(inputs, [target for *_, target in pairs], places))

    @sees(BatchFetched)
    def fetched(self, seen: BatchFetched) -> None:
        """Note which rows a loader picked, where it shuffles or goes in order."""
        if seen.loader in self._passes:
            self._passes[seen.loader].take_in(seen)
        sampler = seen.loader.sampler
        is_random = isinstance(sampler, RandomSampler)
        if seen.indices is not None and self.scene.watches_operations and (is_random or _goes_in_order(sampler)):
            self._orders.fetched(
                seen,
                Draw(
                    hash(seen.indices), self._made.get(seen.loader, UNKNOWN),
                    "a loader that shuffles" if is_random else "a loader that does not shuffle",
                    id(seen.loader), len(seen.loader.dataset), is_random,
                ),
            )  # fmt: skip

    @sees(ModuleBegins)
    def given(self, seen: ModuleBegins) -> None:
        """Note what a model is trained on."""
        if not self._pairing.has_draws or self._is_told or seen.depth or self.scene.phase != "training":
            return
        inputs = next(tensors_in(seen.args), None)
        if inputs is not None and not inputs.requires_grad:
            # What was given while nobody looked may be what a loss is about.
            self._has_seen_all = self.scene.watches_operations
            if self._has_seen_all:
                self._inputs.append(_Given(numbers_of(inputs), self._origins.of(inputs)))

    @sees(StepDone)
    def stepped(self, _: StepDone) -> None:
        """Forget the inputs of the step."""
        self._inputs.clear()

    @sees(ModuleDone)
    def done(self, seen: ModuleDone) -> None:
        """Hand on through modules whose calls cannot be followed one by one."""
        if self.scene.watches_operations:
            self._orders.done(seen.args, seen.output)

    @sees(OperationDone)
    def called(self, seen: OperationDone) -> Iterator[Finding]:
        """Follow what is known of the rows, and judge where inputs and targets meet."""
        name = name_of(seen.function)
        self._orders.follow(seen)
        self._origins.follow(seen)
        if self.scene.phase != "training" or not (name in _ROW_BY_ROW or name in _DIFFERENCE):
            return
        given = (*seen.args, seen.kwargs.get("input"), seen.kwargs.get("target"))
        tensors = [each for each in given if isinstance(each, Tensor)][:2]
        if len(tensors) == 2 and tensors[0].requires_grad and name in _ROW_BY_ROW:
            yield from self._judge(tensors)
        if len(tensors) == 2 and tensors[0].requires_grad != tensors[1].requires_grad:
            yield from self._judge_content(tensors[tensors[0].requires_grad])

    def _judge_content(self, target: Tensor) -> Iterator[Finding]:
        """Judge by the rows themselves, whichever way they came here; of several inputs one may be the right one."""
        rows = numbers_of(target).values if self._has_seen_all and not self._is_told else []
        inputs = [each for each in self._inputs if len(each.rows.values) == len(rows) > 0]
        parted = [self._pairing.parted(Pairs(each.rows, rows)) for each in inputs]
        if inputs and all(each is not None for each in parted) and parted[0] is not None:
            yield self._found(parted[0], inputs[0].cuts, self._origins.of(target))
        elif len(inputs) == 1:
            # The labels of one small batch may be a coincidence.
            self._run = Pairs(self._run.inputs + inputs[0].rows, self._run.targets + rows)
            yield from self._judge_pairs(self._run, inputs[0].cuts, self._origins.of(target))

    def _judge_pairs(self, pairs: Pairs, cuts: Cuts = (), target_cuts: Cuts = ()) -> Iterator[Finding]:
        parted = None if self._is_told or not pairs.targets else self._pairing.parted(pairs)
        if parted is not None:
            yield self._found(parted, cuts, target_cuts)

    def _found(self, parted: Parted, cuts: Cuts, target_cuts: Cuts) -> Finding:
        self._is_told = True
        depth = max(parted.inputs.depth, parted.targets.depth)
        site = parted.draw.held.sites[depth]
        if not depth and parted.draw.order:
            site = line_that_uses(site)
            # Where the inputs are picked batch by batch, the targets are too, and that line forgets it.
            if cuts and target_cuts and cuts[-1].place == site.place:
                site = target_cuts[-1]
        return self.finding(
            site,
            "the targets are in another order than the inputs",
            evidence=f"in {parted.wrong} of {times(parted.pairs, 'sample')} the target is not the one that "
            f"`{parted.targets.name}` had for this input in `{parted.inputs.name}` before {parted.draw.how}",
            remedy="pick both with the same permutation, or put both into one TensorDataset and one loader",
        )

    def _judge(self, tensors: list[Tensor]) -> Iterator[Finding]:
        conflicts = [_conflict(*pair) for pair in _pairs(*map(self._orders.of, tensors))]
        if conflicts and all(conflicts) and conflicts[0] is not None:
            one, other = conflicts[0]
            self._is_told = True
            yield self.finding(
                other.site if other.site.line else one.site,
                "the targets are in another order than the inputs",
                evidence=f"{one.told} at {one.site.place} picked the inputs, {other.told} at {other.site.place} picked "
                "the targets: these are two different draws",
                remedy="pick both with the same permutation, or put both into one TensorDataset and one loader",
            )


def _goes_in_order(sampler: Any) -> bool:
    return isinstance(sampler, SequentialSampler)


def _pairs(inputs: Iterable[Path], targets: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Pair the ways in which two tensors were picked; where there are some, only those with draws on both sides.

    Mixup adds rows that were drawn to rows that were not, and only the first ones can belong to targets that were.
    """
    pairs = [(one, other) for one in inputs for other in targets]
    drawn = [pair for pair in pairs if all(any(not draw.loader for draw in path) for path in pair)]
    return drawn or pairs


def _conflict(one: Path, other: Path) -> tuple[Draw, Draw] | None:
    """Return the draws in which two ways to pick rows differ; None where they may be the same."""
    ours, theirs = ([draw for draw in path if not draw.loader] for path in (one, other))
    if ours and theirs and not _leads_to(ours, theirs) and not _leads_to(theirs, ours):
        return next((a, b) for a, b in zip(ours, theirs, strict=False) if a.number != b.number)
    ours, theirs = ([draw for draw in path if draw.loader] for path in (one, other))
    if ours and theirs and _are_apart(ours[-1], theirs[-1]):
        return ours[-1], theirs[-1]
    return None


def _leads_to(some: list[Draw], more: list[Draw]) -> bool:
    """Tell whether some draws are also among others, in their order: then one side was only shuffled once more."""
    rest = iter([draw.number for draw in more])
    return all(any(number == draw.number for number in rest) for draw in some)


def _are_apart(one: Draw, other: Draw) -> bool:
    return (
        one.loader != other.loader
        and one.number != other.number
        and one.samples == other.samples
        and (one.is_random or other.is_random)
    )
