"""Random generators as parts: NumPy's, torch's and Python's own."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from retorch.checkpoints._misfit import Misfit
from retorch.checkpoints._part import LivePart, State


def is_generator(value: Any) -> bool:
    """Tell whether a checkpoint carries `value` as a random generator.

    >>> is_generator(np.random.default_rng(7))
    True
    """
    return isinstance(value, (np.random.Generator, np.random.RandomState, torch.Generator, random.Random))


class GeneratorPart(LivePart):
    """A random generator; restored, it draws what it would have drawn next."""

    def compare(self, state: State, prefixes: tuple[str, ...]) -> Misfit:
        misfit = super().compare(state, prefixes)
        now = self.state().beside
        if state.beside != now:
            misfit.remarks = [f"It was saved from {state.beside} and cannot continue in {now}."]
        return misfit

    def restore(self, state: State, misfit: Misfit, prefixes: tuple[str, ...], device: torch.device) -> None:
        del prefixes, device
        if not misfit:
            self._put(state.main)

    def undo(self) -> Callable[[], None]:
        before = self.state().main
        return lambda: self._put(before)

    def _put(self, state: Any) -> None:
        raise NotImplementedError


class NumpyGeneratorPart(GeneratorPart):
    kind = "numpy.Generator"

    def state(self) -> State:
        return State(self.value.bit_generator.state, type(self.value.bit_generator).__name__)

    def _put(self, state: Any) -> None:
        self.value.bit_generator.state = state


class RandomStatePart(GeneratorPart):
    kind = "numpy.RandomState"

    def state(self) -> State:
        state = self.value.get_state(legacy=False)
        return State(state, state["bit_generator"])

    def _put(self, state: Any) -> None:
        self.value.set_state(state)


class TorchGeneratorPart(GeneratorPart):
    kind = "torch.Generator"

    def state(self) -> State:
        return State(self.value.get_state(), f"a generator on {self.value.device.type}")

    def _put(self, state: Any) -> None:
        self.value.set_state(state)


class PythonRandomPart(GeneratorPart):
    kind = "random.Random"

    def state(self) -> State:
        return State(self.value.getstate(), type(self.value).__name__)

    def _put(self, state: Any) -> None:
        self.value.setstate(state)
