"""Training batches that come class by class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
import torch
from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    ArrayTaken,
    BatchFetched,
    Ended,
    LoaderBegins,
    LoaderEnded,
    LoaderMade,
    OperationDone,
)
from retorch.checks._rows import tensors_in
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import Flow, name_of
from retorch.checks.rules.data._columns import Column, column_below, column_picked
from retorch.checks.rules.data._references import Tokens
from retorch.checks.rules.data._runs import Runs, labels_in
from retorch.lines import Site

# The losses whose second argument is the class, and `one_hot`, whose first one is.
_POSITION = {
    "cross_entropy": 1, "nll_loss": 1, "multi_margin_loss": 1, "binary_cross_entropy": 1,
    "binary_cross_entropy_with_logits": 1, "one_hot": 0,
}  # fmt: skip
# So many slices, each behind the one before it, are a walk through the data.
_SLICES = 2
_CUTTING = frozenset({"__getitem__", "chunk", "index_select", "narrow", "split"})
_FROM_ARRAYS = frozenset({"FloatTensor", "LongTensor", "as_tensor", "asarray", "from_numpy", "tensor"})
# Calls that leave each label in its place.
_KEEPING = frozenset({
    "clone", "contiguous", "cpu", "detach", "double", "flatten", "float", "int", "long", "ravel", "reshape", "squeeze",
    "to", "type", "unsqueeze", "view",
})  # fmt: skip


@dataclass
class _Field:
    """One of the tensors in the batches of a loader, which may be the labels."""

    runs: Runs = field(default_factory=Runs)
    latest: Callable[[], Tensor | None] = lambda: None
    is_target: bool = False


@dataclass
class _Pass:
    """A pass over a loader, which was built in some line, that began after some steps."""

    made: Site
    step: int
    fields: dict[int, _Field] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cut:
    """A column of labels, perhaps, out of which a piece was cut, and where."""

    column: Column
    site: Site


class BatchesInClassOrder(Rule):
    """The training set is walked class by class: batches of the first class, then of the second, and so on.

    Why it matters: each step pulls the network towards the class of its batch and away from all others. It forgets the
    first classes by the end of the epoch, and batch norm sees statistics that the test never has.

    When it is fine: continual learning, where the order is the experiment.

    Wrong: `DataLoader(train_set, batch_size=32)` over data that are sorted by class, as folders of images are.

    Right: `DataLoader(train_set, batch_size=32, shuffle=True)`.

    Reported: https://github.com/joaoamcarvalho/mpd-public/issues/6
    """

    name = "batches-in-class-order"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._made: WeakKeyDictionary[Any, Site] = WeakKeyDictionary()
        self._passes: WeakKeyDictionary[Any, _Pass] = WeakKeyDictionary()
        # A pass that is left early outlives its loader.
        self._unjudged: list[_Pass] = []
        self._cuts: Flow[_Cut] = Flow(_KEEPING)
        self._tokens = Tokens()
        self._walked: dict[int | None, tuple[int, int]] = {}

    @sees(LoaderMade)
    def made(self, seen: LoaderMade) -> None:
        """Note which line built a loader."""
        self._made[seen.loader] = seen.site

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Read the labels of the first pass only: there the operations are watched that tell what the targets are."""
        self._passes.pop(seen.loader, None)
        if seen.number == 0:
            walked = _Pass(self._made.get(seen.loader) or seen.site, self.scene.step)
            self._passes[seen.loader] = walked
            self._unjudged.append(walked)

    @sees(BatchFetched)
    def read(self, seen: BatchFetched) -> None:
        """Read on, as long as what may be labels comes in blocks."""
        walked = self._passes.get(seen.loader)
        if walked is None:
            return
        for place, tensor in enumerate(tensors_in(seen.batch)):
            if seen.number == 0:
                walked.fields[place] = _Field()
            if place in walked.fields and not _reads_on(walked.fields[place], tensor):
                del walked.fields[place]
        if not walked.fields:
            del self._passes[seen.loader]
            self._unjudged.remove(walked)

    @sees(LoaderEnded)
    def judge(self, seen: LoaderEnded) -> Iterator[Finding]:
        """Judge the first pass, if the optimizer stepped during it."""
        walked = self._passes.pop(seen.loader, None)
        if walked is not None:
            self._unjudged.remove(walked)
            yield from self._judge(walked)

    @sees(Ended)
    def conclude(self, _: Ended) -> Iterator[Finding]:
        """Judge what was seen of passes that were left early."""
        for walked in self._unjudged:
            yield from self._judge(walked)

    @sees(OperationDone)
    def called(self, seen: OperationDone) -> Iterator[Finding]:
        """Learn from the losses which tensor of a batch is the target, and judge targets that are slices."""
        name = name_of(seen.function)
        self._cuts.follow(seen)
        if name in _CUTTING or name in _FROM_ARRAYS:
            self._note_cut(seen)
        target = _target(name, seen)
        if target is None or labels_in(target) is None:
            return
        for walked in self._passes.values():
            for labels in walked.fields.values():
                labels.is_target = labels.is_target or _are_equal(labels.latest(), target)
        cut = self._cuts.of(target)
        if cut is not None and self.scene.phase == "training":
            yield from self._judge_cut(cut, len(target))

    @sees(ArrayTaken)
    def taken(self, seen: ArrayTaken) -> None:
        """Note where a slice of an array becomes a tensor, while the losses are watched."""
        if self.scene.watches_operations:
            self._note_piece(seen.tensor, column_below(seen.array), seen)

    def _note_cut(self, seen: OperationDone) -> None:
        for piece in tensors_in(seen.result):
            if piece.dim() and piece.numel() == len(piece) > 0 and self._cuts.of(piece) is None:
                self._note_piece(piece, _column(seen, piece), seen)

    def _note_piece(self, piece: Tensor, column: Column | None, seen: ArrayTaken | OperationDone) -> None:
        if column is not None and column.length > len(piece):
            self._cuts.mark(piece, _Cut(column, seen.site))

    def _judge_cut(self, cut: _Cut, count: int) -> Iterator[Finding]:
        token = self._tokens.of(cut.column.owner())
        end, slices = self._walked.get(token, (cut.column.start, 0))
        if cut.column.start != end:
            return
        self._walked[token] = end + count, slices + 1
        labels = cut.column.read() if slices + 1 == _SLICES else None
        if labels is not None:
            runs = Runs()
            runs.take_in(labels)
            if runs.are_sorted_classes:
                yield self._found(cut.site, runs)

    def _judge(self, walked: _Pass) -> Iterator[Finding]:
        for labels in walked.fields.values() if self.scene.step > walked.step else ():
            if labels.is_target and labels.runs.batches > 1 and labels.runs.are_sorted_classes:
                yield self._found(walked.made, labels.runs)

    def _found(self, site: Site, runs: Runs) -> Finding:
        first = ", ".join(f"{value:g}" for value in list(runs.classes)[:4])
        return self.finding(
            site,
            "the training set is walked class by class",
            evidence=f"the {runs.labels} targets come as {len(runs.classes)} blocks, one for each class: "
            f"{first}{', ...' if len(runs.classes) > 4 else ''}",
            remedy="shuffle=True, or shuffle inputs and targets with one permutation",
        )


def _target(name: str, seen: OperationDone) -> Tensor | None:
    place = _POSITION.get(name)
    if place is None:
        return None
    given = seen.args[place] if len(seen.args) > place else seen.kwargs.get("target")
    return given if isinstance(given, Tensor) else None


def _column(seen: OperationDone, piece: Tensor) -> Column | None:
    """Return what a piece was cut out of."""
    source = seen.args[0] if seen.args else None
    if isinstance(source, np.ndarray):
        return column_below(source)
    if not isinstance(source, Tensor) or piece.device.type != "cpu":
        return None
    index = seen.args[-1] if len(seen.args) > 1 else seen.kwargs.get("index")
    return column_below(piece) or column_picked(source, index)


def _reads_on(labels: _Field, tensor: Tensor) -> bool:
    """Take in a batch, and tell whether these may be labels that come in blocks."""
    found = labels_in(tensor)
    if found is None:
        return False
    labels.runs.take_in(found)
    labels.latest = ref(tensor)
    return labels.runs.come_in_blocks


def _are_equal(labels: Tensor | None, target: Tensor) -> bool:
    if labels is None or labels.numel() != target.numel():
        return False
    return torch.equal(labels.detach().reshape(-1).double(), target.detach().reshape(-1).double())
