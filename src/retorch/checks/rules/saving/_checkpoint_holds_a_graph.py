"""A tensor with its history is put into a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import FileSaved
from retorch.checks._rule import Rule, sees
from retorch.checks.rules.saving._walk import walk


class CheckpointHoldsAGraph(Rule):
    """A checkpoint holds a tensor that is still part of a graph, such as the loss.

    Why it matters: as long as the dictionary is kept, so are all activations of that step. The file holds the number
    only, and what comes back is a tensor that asks for gradients and has no history.

    When it is fine: where the dictionary is gone right after it was written, it costs nothing.

    Wrong: `torch.save({"model": model.state_dict(), "loss": loss}, path)`.

    Right: `"loss": loss.item()`, or `loss.detach()`.
    """

    name = "checkpoint-holds-a-graph"
    grade = "advice"

    @sees(FileSaved)
    def judge(self, seen: FileSaved) -> Iterator[Finding]:
        """Judge each tensor that was saved."""
        for path, value in walk(seen.value):
            if isinstance(value, Tensor) and value.grad_fn is not None:
                made_by = value.grad_fn.name()
                yield self.finding(
                    seen.site,
                    "a tensor with its whole graph is put into a checkpoint",
                    evidence=f"{path or 'the value'} has shape {tuple(value.shape)} and was made by {made_by}",
                    remedy=".item() for a number, .detach() for a tensor",
                )
                return
