"""`Writes`: which line wrote in place into which storage, read off torch's version counters.

Every in-place operation adds one to the version of its tensor, whatever name it has and wherever it was defined. The
counter is shared by all views of a tensor, and by `detach()`; `.data` starts one of its own on the same storage.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from retorch.lines import Site

_WRITES_A_STORAGE = 32
_STORAGES_AT_FIRST = 1024


class Write(NamedTuple):
    """In-place writes by one line, one after the other.

    Attributes:
        before: the version that the first of them found.
        after: the version that the last of them left.
        site: the line.
        operation: the function, such as "add_".
    """

    before: int
    after: int
    site: Site
    operation: str


@dataclass(slots=True)
class _Log:
    # A weak reference also keeps the address from being used again, so a key never means another storage.
    storage: StorageWeakRef
    writes: deque[Write]


class Writes:
    """The last writes into each storage that is alive. It keeps no storage alive and stays bounded in a long loop."""

    def __init__(self) -> None:
        self._logs: dict[int, _Log] = {}
        self._room = _STORAGES_AT_FIRST

    def __len__(self) -> int:
        return len(self._logs)

    def note(self, tensor: Tensor, before: int, after: int, site: Site, operation: str) -> None:
        """Remember a write; of tensors without a storage (sparse ones) nothing is remembered."""
        try:
            storage = tensor.untyped_storage()
        except (NotImplementedError, RuntimeError):
            return
        address = storage._cdata  # noqa: SLF001 - of torch's own storage object
        log = self._logs.get(address)
        if log is None:
            self._make_room()
            write = Write(before, after, site, operation)
            self._logs[address] = _Log(StorageWeakRef(storage), deque([write], _WRITES_A_STORAGE))
            return
        last = log.writes[-1]
        # The same line once more, as in a loop, makes the entry longer and not the log.
        if last.after == before and last.site is site and last.operation == operation:
            log.writes[-1] = Write(last.before, after, site, operation)
        else:
            log.writes.append(Write(before, after, site, operation))

    def into(self, tensor: Tensor, *, since: int, until: int) -> list[Write]:
        """Return the writes that took a tensor from version `since` to `until`, oldest first, as far as they are known.

        Where `.data` was written through too, its lines can be among them: it counts from 0 on its own.
        """
        try:
            log = self._logs.get(tensor.untyped_storage()._cdata)  # noqa: SLF001
        except (NotImplementedError, RuntimeError):
            return []
        return [] if log is None else [write for write in log.writes if write.after > since and write.before < until]

    def _make_room(self) -> None:
        if len(self._logs) < self._room:
            return
        self._logs = {key: log for key, log in self._logs.items() if not log.storage.expired()}
        self._room = max(_STORAGES_AT_FIRST, 2 * len(self._logs))
