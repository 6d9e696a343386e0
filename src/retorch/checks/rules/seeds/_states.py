"""Fingerprints of the global generators: two are equal when the same random numbers come next."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from torch import nn

from retorch.checks.rules._flow import name_of

Generator: TypeAlias = Literal["torch", "numpy", "random"]

# Calls of torch that draw from its generator.
_DRAWING = frozenset({
    "bernoulli", "bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_", "multinomial", "normal",
    "normal_", "poisson", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "random_", "randperm",
    "uniform_",
})  # fmt: skip


def draws(function: Callable[..., Any]) -> bool:
    """Tell whether a call of torch draws random numbers, perhaps from a generator of its own."""
    return name_of(function) in _DRAWING or getattr(function, "__module__", "") == nn.init.__name__


def state_of(generator: Generator) -> int:
    """Return a number that stands for the state of a global generator; draws nothing."""
    if generator == "torch":
        return hash(torch.get_rng_state().numpy().tobytes())
    if generator == "numpy":
        _, key, position, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - the global one is what is asked for
        return hash((np.asarray(key).tobytes(), position, *rest))
    return hash(random.getstate())
