"""A recurrence or an attention that runs over the samples of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from torch import nn

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    BackwardDone,
    BatchFetched,
    LoaderEnded,
    ModuleBegins,
    ModuleMade,
    OperationDone,
)
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import name_of
from retorch.checks.rules._words import times
from retorch.checks.rules.losses._batches import Batches, samples_in_loss
from retorch.checks.rules.losses._values import has_shape
from retorch.lines import Site, user_site

_CONTAINERS = (nn.TransformerEncoder, nn.TransformerDecoder, nn.Transformer)


class _Run(NamedTuple):
    """A call of a module for sequences: how many steps and samples it took its input for."""

    kind: str
    batch_first: bool
    steps: int
    samples: int

    @property
    def may_be_of_parts(self) -> bool:
        """Whether the samples may be parts of those of a batch, such as the sentences of some documents."""
        return self.batch_first and self.samples % self.steps == 0


class SequenceAlongTheBatch(Rule):
    """An LSTM, a GRU or an attention takes the samples of a batch for the steps of a sequence.

    Why it matters: without `batch_first=True` the first axis is time. Of (N, T, C) each sample then sees the samples
    before it in the batch, or attends to them, and never its own past. It learns what the batch allows, and a single
    sample gives another answer than the same sample in a batch.

    When it is fine: where samples shall see one another on purpose.

    Wrong: `nn.LSTM(8, 16)` or `nn.TransformerEncoderLayer(16, 2)`, called with (N, T, C); or the same with
    `batch_first=True`, called with (T, N, C).

    Right: `nn.LSTM(8, 16, batch_first=True)`, or `x.transpose(0, 1)` before the call.

    Reported: https://github.com/Cadene/vqa.pytorch/issues/40
    """

    name = "sequence-along-the-batch"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._batches = Batches()
        self._made_at: WeakKeyDictionary[nn.Module, Site] = WeakKeyDictionary()
        self._sites: dict[type[nn.Module], set[Site]] = {}
        # What ran since the last backward, each at its line.
        self._ran: dict[Site, _Run] = {}

    @sees(ModuleMade)
    def remember(self, seen: ModuleMade) -> None:
        """Remember where a recurrence or an attention was built."""
        if isinstance(seen.module, (nn.RNNBase, nn.MultiheadAttention, *_CONTAINERS)):
            self._made_at[seen.module] = seen.site
            self._sites.setdefault(type(seen.module), set()).add(seen.site)

    @sees(BatchFetched, LoaderEnded)
    def note(self, seen: BatchFetched | LoaderEnded) -> None:
        """Take note of the size of a batch."""
        self._batches.note(seen)

    @sees(BackwardDone)
    def start_anew(self, _: BackwardDone) -> None:
        """Wait no longer for a loss."""
        self._ran.clear()

    @sees(ModuleBegins, closely=True)
    def judge(self, seen: ModuleBegins) -> Iterator[Finding]:
        """Judge what goes into a recurrence."""
        # Who brings a state for each sample has thought of the axis of the samples.
        if isinstance(seen.module, nn.RNNBase) and len(seen.args) == 1:
            yield from self._judge_run(seen.module, seen.args[0], seen.module.batch_first)

    @sees(OperationDone)
    def judge_operation(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into an attention, and a loss by how many samples it has."""
        if name_of(seen.function) == "multi_head_attention_forward":
            yield from self._judge_attention(seen)
        elif self._ran:
            count = samples_in_loss(seen)
            for site in [site for site, run in self._ran.items() if count == run.steps and not run.may_be_of_parts]:
                run = self._ran.pop(site)
                yield self._found(site, run, f"and the loss has {times(run.steps, 'sample')}")

    def _judge_attention(self, seen: OperationDone) -> Iterator[Finding]:
        module = seen.inside[-1] if seen.inside else None
        if isinstance(module, nn.MultiheadAttention) and seen.args and has_shape(seen.args[0]):
            given = seen.args[0]  # time first, whatever the module was given
            turned = given.transpose(0, 1) if module.batch_first and given.dim() == 3 else given
            yield from self._judge_run(module, turned, module.batch_first)

    def _judge_run(self, module: nn.Module, given: Any, batch_first: bool) -> Iterator[Finding]:  # noqa: FBT001 - a fact
        if not has_shape(given) or given.dim() != 3:
            return
        first, second = given.shape[:2]
        run = _Run(type(module).__name__, batch_first, *((second, first) if batch_first else (first, second)))
        if run.steps == run.samples:
            return
        if self._runs_along_the_batch(run):
            yield self._found(self._line(module), run, f"and a batch has {times(run.steps, 'sample')}")
        elif run.samples > 1 < run.steps:
            self._ran[self._line(module)] = run

    def _runs_along_the_batch(self, run: _Run) -> bool:
        """Tell whether a loader says so. Patches, sentences or beams of each sample may be samples of their own."""
        size = self._batches.size
        if size is None or run.steps != size:
            return False
        return run.samples in self._batches.lengths or not (run.batch_first or run.samples % size == 0)

    def _line(self, module: nn.Module) -> Site:
        """The line that built it; of a copy, as a transformer makes of its layer, the only one that it can be."""
        sites = self._sites.get(type(module), set())
        site = self._made_at.get(module) or (next(iter(sites)) if len(sites) == 1 else None)
        around = (self._made_at.get(module) for module in reversed(self.scene.running))
        return site or next((each for each in around if each), None) or user_site()

    def _found(self, site: Site, run: _Run, why: str) -> Finding:
        shape = f"({run.samples}, {run.steps}, ...)" if run.batch_first else f"({run.steps}, {run.samples}, ...)"
        return self.finding(
            site,
            f"this {run.kind} runs along the samples of the batch",
            evidence=f"{'with' if run.batch_first else 'without'} batch_first {shape} is "
            f"{times(run.samples, 'sample')} of {times(run.steps, 'step')}, {why}",
            remedy="leave batch_first out, or transpose the first two axes before the call"
            if run.batch_first
            else "batch_first=True, or transpose the first two axes before the call",
        )
