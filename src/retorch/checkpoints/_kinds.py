"""Which kind of part an object is."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from retorch.checkpoints._generators import (
    GeneratorPart,
    NumpyGeneratorPart,
    PythonRandomPart,
    RandomStatePart,
    TorchGeneratorPart,
)
from retorch.checkpoints._modules import ModulePart
from retorch.checkpoints._optimizers import OptimizerPart, SchedulerPart
from retorch.checkpoints._part import Part, StatefulPart, ValuePart

_KINDS: tuple[tuple[type, type[Part]], ...] = (
    (nn.Module, ModulePart),
    (Optimizer, OptimizerPart),
    (LRScheduler, SchedulerPart),
    (np.random.Generator, NumpyGeneratorPart),
    (np.random.RandomState, RandomStatePart),
    (torch.Generator, TorchGeneratorPart),
    (random.Random, PythonRandomPart),
)


def part_of(name: str, value: Any) -> Part:
    """Return `value` as the kind of part that it is."""
    for type_, kind in _KINDS:
        if isinstance(value, type_):
            return kind(name, value)
    if not isinstance(value, type) and hasattr(value, "state_dict") and hasattr(value, "load_state_dict"):
        return StatefulPart(name, value)
    return ValuePart(name, value)


def remember_generator(generator: Any) -> Callable[[], None]:
    """Return a function that puts a random generator back to where it is now.

    >>> rng = np.random.default_rng(7)
    >>> put_back = remember_generator(rng)
    >>> drawn = rng.random()
    >>> put_back()
    >>> rng.random() == drawn
    True
    """
    part = part_of("generator", generator)
    assert isinstance(part, GeneratorPart), f"{type(generator).__name__} is no random generator"
    return part.undo()
