"""`Orders`: by which random draws the rows of a tensor were picked, handed on from call to call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from weakref import ref

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import TensorDataset
from torch.utils.weak import WeakTensorKeyDictionary

from retorch.checks._observations import BatchFetched, OperationDone, OrderDrawn
from retorch.checks._rows import tensors_in
from retorch.checks.rules._flow import MOVING
from retorch.checks.rules._memory import address_of
from retorch.lines import Site

# Calls whose result is drawn at random and serves to pick rows.
_DRAWING = frozenset({"randperm", "randint", "multinomial"})
_FROM_ARRAYS = frozenset({"tensor", "as_tensor", "asarray"})
_PICKING = frozenset({"__getitem__", "index_select"})
# Calls that keep the rows in their order, whatever they do to the number of rows.
_KEEPING = frozenset({
    "__getitem__", "__setitem__", "cat", "chunk", "concat", "copy_", "flatten", "index_select", "narrow", "ravel",
    "reshape", "select", "split", "squeeze", "stack", "unbind", "unflatten", "unsqueeze", "view", "vstack",
})  # fmt: skip
_SORTING = frozenset({"argsort", "flip", "flipud", "msort", "roll", "sort", "topk"})
_FEWEST_ROWS = 4


@dataclass(frozen=True)
class Draw:
    """A random pick of rows.

    Attributes:
        number: equal for two draws of the same rows in the same order.
        site: where it was used to pick.
        told: what it is, for people.
        loader: of a loader's pick, which loader, and else 0.
        samples: of a loader's pick, how many samples there are to pick from.
        is_random: False for a loader that goes through its data in order.
    """

    number: int
    site: Site
    told: str
    loader: int = 0
    samples: int = 0
    is_random: bool = True


# The draws one after the other, as in `x[permutation][batch]`.
Path: TypeAlias = tuple[Draw, ...]


class _Array(NamedTuple):
    """An array of NumPy's with its shuffle: where its memory is, and how its rows lie in it now."""

    array: Callable[[], Any]
    start: int
    end: int
    draw: Draw


class Orders:
    """The draws behind each tensor, as far as they were seen. Reads index tensors on the CPU, and no others."""

    def __init__(self) -> None:
        # Tensors that are picks themselves: the number of the draw, and what it is.
        self._picks: Any = WeakTensorKeyDictionary()
        self._paths: Any = WeakTensorKeyDictionary()
        self._arrays: list[_Array] = []

    def of(self, value: Any) -> frozenset[Path]:
        """Return the ways in which the rows of a tensor were picked; several where rows were mixed; () is unknown."""
        if not isinstance(value, Tensor):
            return frozenset()
        return self._paths.get(value) or self._of_memory(value)

    def shuffled(self, seen: OrderDrawn) -> None:
        """Note that NumPy shuffled an array, or drew a permutation."""
        if isinstance(seen.order, np.ndarray) and seen.order.ndim:
            start = address_of(seen.order)
            draw = Draw(seen.number, seen.site, seen.how)
            self._arrays.append(_Array(ref(seen.order), start, start + seen.order.nbytes, draw))

    def follow(self, seen: OperationDone) -> None:
        """Hand on what is known of the arguments to the result."""
        name = getattr(seen.function, "__name__", "")
        if name in _DRAWING:
            self._note_draw(name, seen.result)
        elif self._arrays and name in _FROM_ARRAYS and seen.args:
            if isinstance(seen.args[0], np.ndarray):
                self.mark(seen.result, self._at(address_of(seen.args[0])))
        elif self._picks or self._paths or self._arrays:
            self._hand_on(name, seen)

    def mark(self, tensor: Tensor, paths: frozenset[Path]) -> None:
        """Note how the rows of a tensor were picked."""
        self._paths[tensor] = paths

    def fetched(self, seen: BatchFetched, draw: Draw) -> None:
        """Note that a loader picked the rows of its batch."""
        for place, tensor in enumerate(tensors_in(seen.batch)):
            before = self.of(tensor) or self._of_data(seen.loader.dataset, place)
            self.mark(tensor, _then(before, draw))

    def done(self, args: tuple[Any, ...], output: Any) -> None:
        """Hand on what is known of the arguments of a module to its output, where no single call has."""
        given = _union(self.of(each) for each in tensors_in(args))
        rows = {len(each) for each in tensors_in(args) if each.dim()}
        for tensor in tensors_in(output) if given else ():
            if tensor.dim() and len(tensor) in rows and not self.of(tensor):
                self.mark(tensor, given)

    def _of_memory(self, tensor: Tensor) -> frozenset[Path]:
        """Return how the rows lie where a tensor has its memory from an array, by `torch.from_numpy`."""
        if not self._arrays or tensor.device.type != "cpu" or tensor.layout is not torch.strided:
            return frozenset()
        try:
            return self._at(tensor.data_ptr())
        except RuntimeError:  # a tensor without memory of its own, as inside of vmap
            return frozenset()

    def _at(self, address: int) -> frozenset[Path]:
        draws = [each.draw for each in self._arrays if each.start <= address < each.end and each.array() is not None]
        return frozenset({tuple(draws)}) if draws else frozenset()

    def _of_data(self, data: Any, place: int) -> frozenset[Path]:
        if not isinstance(data, TensorDataset) or place >= len(data.tensors):
            return frozenset()
        return self.of(data.tensors[place])

    def _note_draw(self, name: str, result: Any) -> None:
        if _is_index(result):
            number = hash((str(result.dtype), result.numpy().tobytes()))
            self._picks[result] = number, f"torch.{name} of {len(result)}"

    def _hand_on(self, name: str, seen: OperationDone) -> None:
        given = list(tensors_in([*seen.args, *seen.kwargs.values()]))
        if name in _PICKING and self._pick(seen):
            return
        if name in MOVING:
            self._hand_on_pick(given, seen.result)
        if name in _SORTING:
            return
        paths = _union(self.of(each) for each in given)
        if not paths:
            return
        results = list(tensors_in(seen.result)) or ([seen.args[0]] if name == "__setitem__" else [])
        rows = {len(each) for each in given if each.dim() and self.of(each)}
        for result in results:
            if name in _KEEPING or (result.dim() and len(result) in rows):
                self.mark(result, paths)

    def _pick(self, seen: OperationDone) -> bool:
        """Note that rows were picked by a draw, where they were."""
        given = seen.args[-1] if len(seen.args) > 1 else seen.kwargs.get("index")
        index = given[0] if isinstance(given, tuple) and given else given
        pick = self._picks.get(index) if isinstance(index, Tensor) else self._pick_by_array(index)
        if pick is None or not isinstance(seen.result, Tensor) or seen.args[0] in self._picks:
            return False
        number, told = pick
        self.mark(seen.result, _then(self.of(seen.args[0]), Draw(number, seen.site, told)))
        return True

    def _pick_by_array(self, index: Any) -> tuple[int, str] | None:
        draws = [each.draw for each in self._arrays if each.array() is index is not None]
        return (draws[-1].number, draws[-1].told) if draws else None

    def _hand_on_pick(self, given: list[Tensor], result: Any) -> None:
        pick = next((self._picks[each] for each in given if each in self._picks), None)
        for tensor in tensors_in(result) if pick is not None else ():
            if not tensor.is_floating_point():
                self._picks[tensor] = pick


def _then(before: frozenset[Path], draw: Draw) -> frozenset[Path]:
    return frozenset((*path, draw) for path in before or {()})


def _union(several: Iterator[frozenset[Path]]) -> frozenset[Path]:
    return frozenset().union(*several)


def _is_index(value: Any) -> bool:
    return (
        isinstance(value, Tensor)
        and value.dim() == 1
        and len(value) >= _FEWEST_ROWS
        and value.device.type == "cpu"
        and value.dtype in (torch.int64, torch.int32)
    )
