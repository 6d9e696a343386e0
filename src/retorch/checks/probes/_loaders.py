"""Data loaders: when a pass begins, each batch, and its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, ref

from torch.utils.data import DataLoader, Subset, TensorDataset
from torch.utils.data.dataloader import _BaseDataLoaderIter

from retorch.checks._observations import (
    BatchFetched,
    DataMade,
    IteratorExhausted,
    LoaderBegins,
    LoaderEnded,
    LoaderMade,
)
from retorch.checks._scene import Scene
from retorch.checks.probes._probe import Emit, Probe


@dataclass(slots=True)
class _Pass:
    loader: Callable[[], Any]
    batches: int = 0
    has_ended: bool = False


class LoaderProbe(Probe):
    """Wraps the making and the iteration of torch's `DataLoader`, also of subclasses that leave them as they are."""

    tells = frozenset({DataMade, LoaderMade, LoaderBegins, BatchFetched, LoaderEnded, IteratorExhausted})

    def __init__(self, emit: Emit, scene: Scene) -> None:
        super().__init__(emit, scene)
        self._passes: WeakKeyDictionary[Any, _Pass] = WeakKeyDictionary()
        self._begun: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        # Workers are sent indices ahead of the batches that come back.
        self._sent: WeakKeyDictionary[Any, deque[Any]] = WeakKeyDictionary()

    def open(self) -> None:
        self._patches.put(TensorDataset, "__init__", self._data_made)
        self._patches.put(Subset, "__init__", self._data_made)
        self._patches.put(DataLoader, "__init__", self._made)
        self._patches.put(DataLoader, "__iter__", self._begins)
        self._patches.put(_BaseDataLoaderIter, "_reset", self._reset)
        self._patches.put(_BaseDataLoaderIter, "_next_index", self._next_index)
        self._patches.put(_BaseDataLoaderIter, "__next__", self._next)

    def _data_made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        self._emit(DataMade(args[0]))

    def _made(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        original(*args, **kwargs)
        self._emit(LoaderMade(args[0]))

    def _reset(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._sent[args[0]] = deque()
        original(*args, **kwargs)

    def _next_index(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        index = original(*args, **kwargs)
        sent = self._sent.setdefault(args[0], deque())
        sent.append(index)
        return index

    def _begins(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        loader = args[0]
        number = self._begun.get(loader, 0)
        self._begun[loader] = number + 1
        self._emit(LoaderBegins(loader, number))
        batches = original(*args, **kwargs)
        # A loader may live only as long as the pass over it, but one with persistent workers holds its iterator.
        self._passes[batches] = _Pass(ref(loader) if loader.persistent_workers else lambda: loader)
        return batches

    def _next(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        walked = self._passes.get(args[0])
        loader = walked and walked.loader()
        try:
            batch = original(*args, **kwargs)
        except StopIteration:
            if walked is not None and loader is not None:
                ends = IteratorExhausted if walked.has_ended else LoaderEnded
                walked.has_ended = True
                self._emit(ends(loader, walked.batches))
            raise
        if walked is not None and loader is not None:
            self._emit(BatchFetched(loader, walked.batches, batch, self._indices(args[0], loader)))
            walked.batches += 1
        return batch

    def _indices(self, batches: Any, loader: Any) -> tuple[int, ...] | None:
        sent = self._sent.get(batches)
        index = sent.popleft() if sent else None
        if not getattr(loader, "in_order", True):
            return None
        several: tuple[Any, ...] = tuple(index) if isinstance(index, (list, tuple)) else (index,)
        return several if all(type(each) is int for each in several) else None
