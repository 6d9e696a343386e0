"""Random orders that the user's code draws: permutations, and shuffles in place."""

from __future__ import annotations

import operator
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.checks._elsewhere import is_elsewhere
from retorch.checks._observations import OrderBegins, OrderDrawn
from retorch.checks._scene import Scene
from retorch.checks.probes._compilers import forget_functions, script_as
from retorch.checks.probes._probe import Emit, Probe

_CHECKS = str(Path(__file__).parent.parent) + os.sep


class Generator(np.random.Generator):
    """NumPy's own type cannot be wrapped; this one can, and is like it in all else."""


class _LikeItsBase(type):
    """Instances of the base are instances, also those that were made before."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _RandomState) if cls is RandomState else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _RandomState) if cls is RandomState else super().__subclasscheck__(subclass)


_RandomState = np.random.RandomState


class RandomState(_RandomState, metaclass=_LikeItsBase):
    """As `Generator`, for the older kind; scikit-learn makes one of each seed that it is given."""


class ShuffleProbe(Probe):
    """Wraps the functions of torch, NumPy and `random` that permute, and the making of NumPy's generators."""

    tells = frozenset({OrderBegins, OrderDrawn})

    def __init__(self, emit: Emit, scene: Scene) -> None:
        super().__init__(emit, scene)
        self._unscript: Callable[[], object] = lambda: None

    def open(self) -> None:
        self._patches.put(torch, "randperm", self._by_torch)
        self._unscript = script_as(torch.randperm, "aten::randperm")
        forget_functions()
        self._patches.put(random, "shuffle", self._by_random)
        for name in ("permutation", "shuffle"):
            self._patches.put(np.random, name, self._by_numpy)
            self._patches.put(Generator, name, self._by_generator)
            self._patches.put(RandomState, name, self._by_state)
        self._patches.put(np.random, "default_rng", self._made)
        np.random.RandomState = RandomState  # type: ignore[misc]

    def close(self) -> None:
        super().close()
        # Another checker may have opened inside of this one, and close later.
        if not _is_watched():
            np.random.RandomState = _RandomState  # type: ignore[misc]
        self._unscript()
        forget_functions()

    def _by_torch(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if is_elsewhere() or _is_asked_by_torch():
            return original(*args, **kwargs)
        self._emit(OrderBegins(args[0] if args else kwargs["n"]))
        order = original(*args, **kwargs)
        if type(order) is Tensor and order.device.type == "cpu":
            with torch._C.DisableTorchFunction():  # noqa: SLF001 - not the user's call
                number = hash(order.numpy().tobytes())
            self._emit(OrderDrawn("torch.randperm", len(order), number, order, is_index=True))
        return order

    def _by_random(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._shuffled("random.shuffle", original, args, kwargs, random.getstate())

    def _by_numpy(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        state = _legacy_state(np.random.mtrand._rand)  # noqa: SLF001 - the one behind the functions of `np.random`
        return self._shuffled("a shuffle of NumPy", original, args, kwargs, state)

    def _by_state(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._shuffled("a shuffle of NumPy", original, args, kwargs, _legacy_state(args[0]))

    def _by_generator(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        state = repr(args[0].bit_generator.state)
        return self._shuffled("a shuffle of NumPy", original, args, kwargs, state)

    def _shuffled(
        self, how: str, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], state: Any
    ) -> Any:
        given = kwargs.get("x", args[-1] if len(args) < 3 else args[1])
        count = _length(given)
        self._emit(OrderBegins(count))
        result = original(*args, **kwargs)
        is_index = result is not None and not hasattr(given, "__len__")
        self._emit(OrderDrawn(how, count, hash((state, count)), given if result is None else result, is_index))
        return result

    def _made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        generator = original(*args, **kwargs)
        return Generator(generator.bit_generator) if type(generator) is np.random.Generator else generator


def _is_watched() -> bool:
    return "shuffle" in vars(RandomState)


def _legacy_state(generator: _RandomState) -> tuple[bytes, Any]:
    _, key, position, *_ = generator.get_state(legacy=True)
    return np.asarray(key).tobytes(), position


def _is_asked_by_torch() -> bool:
    """Tell whether torch's own loaders draw: what comes of that is seen in the batches."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
    while frame is not None and frame.f_code.co_filename.startswith(_CHECKS):
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("torch.utils.data")


def _length(given: Any) -> int:
    try:
        return operator.index(given)
    except TypeError:
        return len(given) if hasattr(given, "__len__") else 0
