"""Means over samples, never over batches: a smaller last batch counts for what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from retorch.errors import UsageError
from retorch.tensors import count_samples


class Average:
    """A weighted mean that is kept where its values are: an accelerator is not waited for until `mean`."""

    def __init__(self) -> None:
        self.total: float | Tensor = 0.0
        self.count: int = 0

    def add(self, value: Tensor | float, count: int) -> None:
        """Add the mean of `count` samples."""
        if isinstance(value, Tensor):
            # One CPU value is read at once: exact in Python's double precision, and 0.3 us.
            value = value.item() if value.device.type == "cpu" else _widest(value.detach())
        self.total = self.total + value * count
        self.count += count

    def mean(self) -> float:
        """Return the mean; waits for the device. NaN where nothing was added."""
        return float(self.total) / self.count if self.count else float("nan")

    def state_dict(self) -> dict[str, Any]:
        """Return total and count."""
        return {"total": self.total, "count": self.count}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take total and count back."""
        self.total, self.count = state_dict["total"], state_dict["count"]


class Scores:
    """Metrics over a whole pass of (outputs, targets)."""

    def __init__(self, metrics: Mapping[str, Any], device: torch.device) -> None:
        self.empty = True
        self._averages: dict[str, Average] = {}
        self._functions = {name: metric for name, metric in metrics.items() if not _accumulates(metric)}
        self._objects = {name: metric for name, metric in metrics.items() if _accumulates(metric)}
        for metric in self._objects.values():
            metric.reset()
            if hasattr(metric, "to"):
                metric.to(device)

    def add(self, outputs: Any, targets: Any) -> None:
        """Add one batch to every metric."""
        self.empty = False
        count = count_samples(targets) or count_samples(outputs)
        for metric in self._objects.values():
            metric.update(outputs, targets)
        means = {name: _mean_of(name, function, function(outputs, targets), count)
                 for name, function in self._functions.items()}  # fmt: skip
        self.add_means(means, count)

    def add_means(self, means: Mapping[str, Tensor | float], count: int) -> None:
        """Add values that are means over `count` samples already."""
        self.empty = False
        for name, value in means.items():
            self._averages.setdefault(name, Average()).add(value, count)

    def compute(self) -> dict[str, float]:
        """Return every score as a number; waits for the device. A collection gives one entry a member."""
        scores = {name: average.mean() for name, average in self._averages.items()}
        for name, metric in self._objects.items():
            value = metric.compute()
            members = value if isinstance(value, Mapping) else {name: value}
            scores |= {str(member): _number(str(member), item) for member, item in members.items()}
        return scores


def _accumulates(metric: Any) -> bool:
    return all(callable(getattr(metric, name, None)) for name in ("update", "compute", "reset"))


def _mean_of(name: str, function: Any, value: Any, count: int) -> Tensor | float:
    if not isinstance(value, Tensor):
        return float(value)
    if value.dim() == 0:
        return value / count if getattr(function, "reduction", None) == "sum" else value
    if value.shape[0] != count:
        raise UsageError(
            f"the metric {name!r} gave a tensor {list(value.shape)} for {count} samples; "
            f"it should give one mean (a 0-d tensor) or one value a sample"
        )
    return value.to(torch.float32 if value.device.type == "mps" else torch.float64).mean()


def _number(name: str, value: Any) -> float:
    if isinstance(value, Tensor) and value.numel() != 1:
        raise UsageError(
            f"the metric {name!r} computes a tensor {list(value.shape)}; only single numbers are recorded. "
            f"Average it (torchmetrics: average='macro'), or keep it out of metrics="
        )
    return float(value)


def _widest(value: Tensor) -> Tensor:
    return value.float() if value.device.type == "mps" else value.double()
