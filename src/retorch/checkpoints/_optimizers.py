"""Optimizers and learning rate schedulers as parts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from retorch.checkpoints._misfit import Misfit, describe
from retorch.checkpoints._part import LivePart, State, StatefulPart


class OptimizerPart(LivePart):
    """An optimizer: its state is kept together with class, shapes and dtypes of the parameters it belongs to."""

    kind = "optimizer"

    def state(self) -> State:
        groups = [[_facts(parameter) for parameter in group["params"]] for group in self.value.param_groups]
        return State(self.value.state_dict(), {"type": type(self.value).__qualname__, "parameters": groups})

    def compare(self, state: State, prefixes: tuple[str, ...]) -> Misfit:
        misfit = super().compare(state, prefixes)
        misfit.remarks = _other_type(state, self.value) or _other_groups(state, self.value)
        if not misfit.remarks:
            misfit.differing = _other_parameters(state, self.value)
        if misfit:
            misfit.advice = (
                f"Build {self.name!r} with the same parameters in the same groups as when it was saved "
                f"(groups added later with add_param_group: add them before loading)"
            )
        return misfit

    def restore(self, state: State, misfit: Misfit, prefixes: tuple[str, ...], device: torch.device) -> None:
        del prefixes, device
        if misfit:
            return  # a state that belongs to other parameters fits nowhere in part
        self.value.load_state_dict(state.main)
        self._undo_casts(state.main)

    def _undo_casts(self, saved: dict[str, Any]) -> None:
        """Put dtypes back: torch casts each state to the dtype of its parameter, such as moments to bfloat16."""
        numbers = chain.from_iterable(group["params"] for group in saved["param_groups"])
        parameters = chain.from_iterable(group["params"] for group in self.value.param_groups)
        for number, parameter in zip(numbers, parameters, strict=True):
            live = self.value.state.get(parameter, {})
            for key, value in saved["state"].get(number, {}).items():
                if isinstance(value, Tensor) and value.dtype != live[key].dtype:
                    live[key] = value.to(live[key].device)

    def undo(self) -> Callable[[], None]:
        # load_state_dict builds new containers, so the old ones, with the tensors in them, are the old state.
        attributes = dict(vars(self.value))
        state = {key: dict(value) if isinstance(value, dict) else value for key, value in self.value.state.items()}
        groups = [dict(group) for group in self.value.param_groups]

        def put_back() -> None:
            vars(self.value).update(attributes)
            self.value.state.clear()
            self.value.state.update(state)
            self.value.param_groups[:] = groups

        return put_back


class SchedulerPart(StatefulPart):
    """A learning rate scheduler; one of another class would take the numbers without a word."""

    kind = "scheduler"

    def state(self) -> State:
        return State(self.value.state_dict(), {"type": type(self.value).__qualname__})

    def compare(self, state: State, prefixes: tuple[str, ...]) -> Misfit:
        misfit = super().compare(state, prefixes)
        misfit.remarks = _other_type(state, self.value)
        return misfit

    def restore(self, state: State, misfit: Misfit, prefixes: tuple[str, ...], device: torch.device) -> None:
        if not misfit:
            super().restore(state, misfit, prefixes, device)


def _facts(parameter: Tensor) -> list[Any]:
    return [list(parameter.shape), parameter.dtype]


def _other_type(state: State, live: Any) -> list[str]:
    saved, name = state.beside["type"], type(live).__qualname__
    return [] if saved == name else [f"It was saved by {saved} and cannot continue in {name}."]


def _other_groups(state: State, live: Optimizer) -> list[str]:
    saved, groups = state.beside["parameters"], live.param_groups
    if len(saved) != len(groups):
        return [f"It was saved with {len(saved)} parameter groups and has {len(groups)} now."]
    return [
        f"Group {number} was saved with {len(before)} parameters and has {len(now['params'])} now."
        for number, (before, now) in enumerate(zip(saved, groups, strict=True))
        if len(before) != len(now["params"])
    ]


def _other_parameters(state: State, live: Optimizer) -> list[tuple[str, str, str]]:
    return [
        (f"group {number}, parameter {index}", describe(torch.empty(shape, dtype=dtype, device="meta")), describe(now))
        for number, (before, group) in enumerate(zip(state.beside["parameters"], live.param_groups, strict=True))
        for index, ((shape, dtype), now) in enumerate(zip(before, group["params"], strict=True))
        if _facts(now) != [shape, dtype]
    ]
