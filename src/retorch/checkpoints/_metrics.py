"""The states of torchmetrics inside a module.

A metric keeps its states out of `state_dict` unless it is told otherwise, and never puts the number of its updates
there, so that a run resumed in the middle of an epoch would average over the second half only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, nn


def metric_states(module: nn.Module) -> dict[str, dict[str, Any]]:
    """Return states and update count of each metric in `module` (or of itself, as ""), aliasing live tensors."""
    return {
        name: {"states": dict(metric.metric_state), "updates": metric._update_count}  # noqa: SLF001
        for name, metric in _metrics(module)
    }


def restore_metrics(module: nn.Module, saved: Mapping[str, dict[str, Any]]) -> None:
    """Give each metric named in `saved` its states back, on its own device; cached results are dropped.

    Each gets tensors of its own: metrics of one collection that shared a state would otherwise add to it twice.
    """
    for name, metric in _metrics(module):
        if name in saved:
            for state, value in saved[name]["states"].items():
                setattr(metric, state, _own(value, metric.device))
            metric._update_count = saved[name]["updates"]  # noqa: SLF001
            metric._computed = None  # noqa: SLF001


def _metrics(module: nn.Module) -> Iterator[tuple[str, Any]]:
    torchmetrics = sys.modules.get("torchmetrics")
    if torchmetrics is None:  # nobody can hold a metric that nobody imported
        return
    for name, child in module.named_modules():
        if isinstance(child, torchmetrics.Metric):
            yield name, child


def _own(value: Any, device: Any) -> Any:
    if isinstance(value, Tensor):
        return value.to(device, copy=True)
    return [_own(item, device) for item in value] if isinstance(value, list) else value
