"""The random generators that an object holds, and numbers that stand for their states."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

_DEEPEST = 4
_MOST_ITEMS = 32
# Numbers that go through shared memory as JSON stay exact.
_LARGEST = 2**52

_KINDS = (np.random.Generator, np.random.RandomState, random.Random, torch.Generator)
_WITHOUT = (Tensor, np.ndarray, nn.Module, type, str, bytes, int, float)


class Held(NamedTuple):
    """A value that was found inside of something.

    Attributes:
        path: such as "dataset.transform.rng", or the bare name of a global variable.
        value: what it is.
        owner: whose attribute it is, or the function that finds it as a global variable.
        name: of the attribute or variable.
    """

    path: str
    value: Any
    owner: Any
    name: str


def generators_of(holder: Any, name: str) -> dict[str, Held]:
    """Return the generators that an object holds, and the global ones that its methods use, by path."""
    found: dict[str, Held] = {}
    seen: set[int] = set()
    waiting = [(Held(name, holder, None, name), 0)]
    for held, depth in waiting:
        if isinstance(held.value, _KINDS):
            found.setdefault(held.path, held)
        elif depth < _DEEPEST and id(held.value) not in seen:
            seen.add(id(held.value))
            waiting.extend((inner, depth + 1) for inner in _inside(held))
    return found


def state_numbers(generators: Mapping[str, Held]) -> dict[str, int]:
    """Return a number for the state of each generator and of the three global ones; draws nothing."""
    held = {path: each.value for path, each in generators.items()}
    # What the functions of these modules draw from.
    everywhere = {"torch": torch.default_generator, "numpy": np.random.mtrand._rand, "random": random._inst}  # noqa: SLF001 - no public names
    return {path: hash(_state(generator)) % _LARGEST for path, generator in {**everywhere, **held}.items()}


def _state(generator: Any) -> Any:
    if isinstance(generator, torch.Generator):
        return generator.get_state().numpy().tobytes()
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.Generator):
        return repr(generator.bit_generator.state)
    name, key, *rest = generator.get_state(legacy=True)
    return name, key.tobytes(), *rest


def _inside(held: Held) -> Iterator[Held]:
    path, value = held.path, held.value
    if isinstance(value, (list, tuple)):
        yield from (Held(f"{path}[{place}]", each, value, "") for place, each in enumerate(value[:_MOST_ITEMS]))
    elif isinstance(value, dict):
        items = list(value.items())[:_MOST_ITEMS]
        yield from (Held(f"{path}[{key!r}]", each, value, "") for key, each in items)
    elif isinstance(value, (FunctionType, MethodType)):
        yield from _of_function(value)
    elif not isinstance(value, _WITHOUT):
        stored = getattr(value, "__dict__", None)
        if type(stored) is dict:
            yield from (Held(f"{path}.{name}", each, value, name) for name, each in stored.items())
            yield from (found for method in _methods(type(value)) for found in _of_function(method))


def _methods(kind: type) -> Iterator[FunctionType]:
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] not in ("torch", "builtins"):
            yield from (each for each in vars(base).values() if isinstance(each, FunctionType))


def _of_function(function: Any) -> Iterator[Held]:
    """Yield the generators that a function finds as global variables, and whatever is in its closure."""
    code, variables = function.__code__, function.__globals__
    for name in code.co_names:
        if isinstance(variables.get(name), _KINDS):
            yield Held(name, variables[name], function, name)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield Held(name, cell.cell_contents, function, name)
        except ValueError:  # nothing is assigned yet
            continue
