"""Means over samples, never over batches: a smaller last batch counts for what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
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
        check_metrics(metrics)
        self.empty = True
        self._averages: dict[str, Average] = {}
        self._functions = {name: metric for name, metric in metrics.items() if not accumulates(metric)}
        self._objects = {name: metric for name, metric in metrics.items() if accumulates(metric)}
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
        for name, function in self._functions.items():
            self._average(name).add(mean_over(name, function, function(outputs, targets), count), count)

    def add_means(self, means: Mapping[str, Tensor | float], count: int) -> None:
        """Add values that are means over `count` samples already.

        Raises:
            UsageError: a value is no number, or has the name of a metric.
        """
        self.empty = False
        for name, value in means.items():
            if name in self._functions or name in self._objects:
                raise _taken(name)
            self._average(name).add(_one_number(name, value), count)

    def compute(self) -> dict[str, float]:
        """Return every score as a number; waits for the device. A collection gives one entry a member."""
        scores = {name: average.mean() for name, average in self._averages.items()}
        for name, metric in self._objects.items():
            value = metric.compute()
            members = value if isinstance(value, Mapping) else {name: value}
            for member, item in members.items():
                if member in scores:
                    raise _taken(str(member))
                scores[str(member)] = float(_one_number(str(member), item))
        return scores

    def _average(self, name: str) -> Average:
        return self._averages.setdefault(name, Average())


def check_metrics(metrics: Any) -> None:
    """Refuse what is no mapping from names to functions or metric objects.

    Raises:
        UsageError: says which entry cannot be a metric.
    """
    if not hasattr(metrics, "keys"):
        raise UsageError(f"metrics= is a {type(metrics).__name__}; give a mapping, such as {{'accuracy': accuracy}}")
    for name in metrics.keys():  # noqa: SIM118 - a MetricCollection has keys, and iterates over something else
        metric = metrics[name]
        if isinstance(metric, type):
            raise UsageError(f"the metric {name!r} is the class {metric.__name__}; make one: {metric.__name__}(...)")
        if not callable(metric) and not accumulates(metric):
            raise UsageError(
                f"the metric {name!r} is a {type(metric).__name__}; give a function of (outputs, targets), "
                f"or an object with update, compute and reset"
            )


def mean_over(name: str, function: Any, value: Any, count: int) -> Tensor | float:
    """Return the mean over `count` samples of what a metric or a criterion gave for them.

    Args:
        name: of the metric, for messages.
        function: what gave the value; its `reduction`, where it has one, says whether a 0-d tensor is a sum.
        value: one number (a mean), or a tensor, array or list of one value a sample.
        count: samples in the batch.

    Raises:
        UsageError: the value is neither.
    """
    if isinstance(value, (np.ndarray, list, tuple)):
        value = _as_tensor(name, value)
    if not isinstance(value, Tensor) or value.dim() == 0:
        number = _one_number(name, value)
        return number / count if getattr(function, "reduction", None) == "sum" else number
    if value.shape[0] != count:
        raise UsageError(
            f"the metric {name!r} gave a tensor {list(value.shape)} for {count} samples; "
            f"it should give one mean (a 0-d tensor) or one value a sample"
        )
    return value.to(torch.float32 if value.device.type == "mps" else torch.float64).mean()


def accumulates(metric: Any) -> bool:
    """Tell whether a metric is an object with a state, as those of torchmetrics are."""
    return all(callable(getattr(metric, name, None)) for name in ("update", "compute", "reset"))


def _as_tensor(name: str, value: Any) -> Tensor:
    try:
        # Through NumPy, which keeps Python's double precision, and stacks a list of 0-d tensors.
        return torch.from_numpy(np.asarray(value))
    except (TypeError, ValueError):
        raise _no_number(name, value) from None


def _one_number(name: str, value: Any) -> Tensor | float:
    if isinstance(value, Tensor):
        if value.numel() != 1:
            raise UsageError(
                f"{name!r} is a tensor {list(value.shape)}; only single numbers are recorded. "
                f"Average it (.mean(), or average='macro' in torchmetrics), or leave it out"
            )
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _no_number(name, value) from None


def _no_number(name: str, value: Any) -> UsageError:
    return UsageError(f"{name!r} gave a {type(value).__name__}, {value!r:.60}; it should give a number or a tensor")


def _taken(name: str) -> UsageError:
    return UsageError(f"two scores have the name {name!r}; give one of them another name")


def _widest(value: Tensor) -> Tensor:
    return value.float() if value.device.type == "mps" else value.double()
