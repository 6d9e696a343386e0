"""`Runs`: in which order classes come, read from labels batch by batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from retorch.checks._rows import has_rows

# Of fewer labels a shuffle may make blocks by chance: for 16 of two classes, once in 6000.
_FEWEST = 16
_FEWEST_OF_A_CLASS = 4
_MOST_CLASSES = 1000


@dataclass
class Runs:
    """What is known of a row of labels so far.

    Attributes:
        labels: how many there were.
        changes: how often one was followed by another.
        classes: the values, in the order of their first appearance.
        batches: how many batches.
    """

    labels: int = 0
    changes: int = 0
    classes: dict[float, None] = field(default_factory=dict)
    batches: int = 0

    def take_in(self, labels: Tensor) -> None:
        """Read the labels of the next batch: (N,)."""
        starts = [0, *(labels[1:] != labels[:-1]).nonzero().flatten().add(1).tolist()]
        values = labels[starts].tolist()
        last = next(reversed(self.classes), None)
        self.changes += len(values) - 1 + (last is not None and last != values[0])
        self.classes.update(dict.fromkeys(values))
        self.labels += len(labels)
        self.batches += 1

    @property
    def come_in_blocks(self) -> bool:
        """Whether each class so far has come in one block, so that a second class can only follow the first."""
        return self.changes == max(len(self.classes) - 1, 0) and len(self.classes) <= _MOST_CLASSES

    @property
    def are_sorted_classes(self) -> bool:
        """Whether these are several classes of several samples each, one after the other."""
        fewest = max(_FEWEST, _FEWEST_OF_A_CLASS * len(self.classes))
        return self.come_in_blocks and len(self.classes) > 1 and self.labels >= fewest


def labels_in(tensor: Tensor) -> Tensor | None:
    """Return (N,), a number for the class of each sample; None where they are none, or on a device.

    Args:
        tensor: (N,) or (N, 1), or (N, classes) with a single one in each row.
    """
    if not has_rows(tensor):
        return None
    tensor = tensor.detach()
    if tensor.numel() == len(tensor):
        return tensor.reshape(-1) if tensor.dim() <= 2 else None
    if tensor.dim() != 2 or tensor.shape[1] > _MOST_CLASSES:
        return None
    is_one_hot = bool(((tensor == 0) | (tensor == 1)).all() and (tensor.sum(1) == 1).all())
    return tensor.argmax(1) if is_one_hot else None
