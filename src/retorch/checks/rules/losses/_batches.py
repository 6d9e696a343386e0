"""`Batches`: how many samples there are in the batch that is being worked on."""

from __future__ import annotations

from typing import Any

from retorch.checks._observations import BatchFetched, LoaderEnded, OperationDone
from retorch.checks._rows import tensors_in
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._values import has_shape

_LOSSES = frozenset({
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "huber_loss", "l1_loss", "mse_loss",
    "nll_loss", "smooth_l1_loss",
})  # fmt: skip


class Batches:
    """The size of the last batch, where a loader says it.

    A rule tells each batch, also while nobody looks closely: one looks again at a batch that is there already.

    Attributes:
        size: of the batch; None where its tensors do not agree with the loader on which axis holds the samples.
        lengths: the sizes of the second axes of its tensors, such as the steps of a sequence.
    """

    def __init__(self) -> None:
        self.size: int | None = None
        self.lengths: frozenset[int] = frozenset()

    def note(self, seen: BatchFetched | LoaderEnded) -> None:
        """Take note of a batch, or of the end of a pass."""
        before, self.size, self.lengths = self.size, None, frozenset()
        if isinstance(seen, LoaderEnded):
            return
        wanted = getattr(seen.loader, "batch_size", None)
        shapes = [tuple(tensor.shape) for tensor in tensors_in(seen.batch) if has_shape(tensor)]
        sizes = {shape[0] if shape else 0 for shape in shapes}
        # A collate function may put the samples on another axis. The last batch may be smaller than those before it.
        if len(sizes) == 1 and isinstance(wanted, int) and (wanted in sizes or (before and max(sizes) < wanted)):
            self.size = sizes.pop()
            self.lengths = frozenset(shape[1] for shape in shapes if len(shape) > 1)


def samples_in_loss(seen: OperationDone) -> int | None:
    """Return how many samples a loss compares, where it has one target for each: a class, a number, a few numbers."""
    if name_of(seen.function) not in _LOSSES or len(seen.args) < 2:
        return None
    outputs: Any = seen.args[0]
    targets: Any = seen.args[1]
    if not has_shape(outputs) or not has_shape(targets) or 0 in (outputs.dim(), targets.dim()):
        return None
    return targets.shape[0] if outputs.dim() <= 2 and outputs.shape[0] == targets.shape[0] else None
