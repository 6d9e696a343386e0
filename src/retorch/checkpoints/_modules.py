"""Modules as parts: compared name by name before a single weight is changed."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from retorch.checkpoints._metrics import metric_states, restore_metrics
from retorch.checkpoints._misfit import Misfit, describe
from retorch.checkpoints._part import LivePart, State


class ModulePart(LivePart):
    """A module, with the metrics inside it. Saved tensors are copied into where the module lives."""

    kind = "module"

    def __init__(self, name: str, value: nn.Module) -> None:
        super().__init__(name, _uncompiled(value))

    def state(self) -> State:
        """Return the state dict; beside it, the states of metrics."""
        return State(self.value.state_dict(), metric_states(self.value))

    def compare(self, state: State, prefixes: tuple[str, ...]) -> Misfit:
        """Compare names, shapes and dtypes."""
        saved, live = _chosen(_entries(state), prefixes), _chosen(_entries(self.state()), prefixes)
        misfit = super().compare(state, prefixes)
        misfit.missing = [f"{name}   {describe(live[name])}" for name in live if name not in saved]
        misfit.unexpected = [f"{name}   {describe(saved[name])}" for name in saved if name not in live]
        misfit.differing = [
            (name, describe(saved[name]), describe(live[name]))
            for name in saved
            if name in live and not _fits(saved[name], live[name])
        ]
        misfit.fitting = _fitting_tops(saved, live) if misfit else []
        return misfit

    def restore(self, state: State, misfit: Misfit, prefixes: tuple[str, ...], device: torch.device) -> None:
        """Copy the saved tensors into the module's own."""
        del device
        whole = not (misfit or prefixes)
        self.value.load_state_dict(state.main if whole else self._fitting(state.main, prefixes), strict=whole)
        differing = {name for name, _, _ in misfit.differing}
        metrics = {
            owner: metric
            for owner, metric in _chosen(state.beside, prefixes).items()
            if differing.isdisjoint(_entry_name(owner, name) for name in metric["states"])
        }
        restore_metrics(self.value, metrics)

    def _fitting(self, main: Mapping[str, Any], prefixes: tuple[str, ...]) -> Any:
        live = self.value.state_dict()
        fitting: Any = OrderedDict(
            (name, value)
            for name, value in _chosen(main, prefixes).items()
            if name in live and _fits(value, live[name])
        )
        fitting._metadata = getattr(main, "_metadata", None)  # the versions of the modules  # noqa: SLF001
        return fitting

    def undo(self) -> Callable[[], None]:
        """Remember a copy of every tensor."""
        live = self.value.state_dict()
        tensors = [(value, value.clone()) for value in live.values() if _has_values(value)]
        extra = {name: copy.deepcopy(value) for name, value in live.items() if not isinstance(value, Tensor)}
        metrics = copy.deepcopy(metric_states(self.value))

        @torch.no_grad()
        def put_back() -> None:
            # In place: a load_state_dict of the user's that failed once would fail again.
            for value, before in tensors:
                value.copy_(before)
            if extra:
                self.value.load_state_dict(extra, strict=False)
            restore_metrics(self.value, metrics)

        return put_back


def under(name: str, prefix: str) -> bool:
    """Tell whether a name of a state dict is `prefix` or lies under it.

    >>> under("encoder.0.weight", "encoder"), under("encoder2.weight", "encoder")
    (True, False)
    """
    return name == prefix or name.startswith(f"{prefix}.")


def _uncompiled(module: nn.Module) -> nn.Module:
    """Return the module inside one that `torch.compile` made, so that both have the same names."""
    inner = module._modules.get("_orig_mod")  # noqa: SLF001
    return module if inner is None else inner


def _entries(state: State) -> dict[str, Any]:
    metrics = {
        _entry_name(owner, name): value
        for owner, metric in state.beside.items()
        for name, value in metric["states"].items()
    }
    return {**metrics, **state.main}


def _entry_name(owner: str, name: str) -> str:
    return f"{owner}.{name}".removeprefix(".")


def _chosen(entries: Mapping[str, Any], prefixes: tuple[str, ...]) -> dict[str, Any]:
    if not prefixes:
        return dict(entries)
    return {name: value for name, value in entries.items() if any(under(name, prefix) for prefix in prefixes)}


def _fits(saved: Any, live: Any) -> bool:
    if isinstance(saved, Tensor) != isinstance(live, Tensor):
        return False
    # A lazy parameter takes the shape that it is given; what is no tensor, its owner must judge.
    if not isinstance(live, Tensor) or nn.parameter.is_lazy(live):
        return True
    return bool(saved.shape == live.shape and saved.dtype == live.dtype)


def _fitting_tops(saved: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    good: dict[str, bool] = {}
    for name in (*saved, *live):
        top = name.partition(".")[0]
        fits = name in saved and name in live and _fits(saved[name], live[name])
        good[top] = good.get(top, True) and fits
    return [top for top, fits in good.items() if fits]


def _has_values(value: Any) -> bool:
    return isinstance(value, Tensor) and not nn.parameter.is_lazy(value)
