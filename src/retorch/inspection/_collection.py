"""`Collection`: what is known about each tensor of a batch, a module or an optimizer."""

from __future__ import annotations

import difflib
import html
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from retorch.errors import UsageError
from retorch.inspection._data import plain
from retorch.inspection._inspection import Inspection
from retorch.inspection._sharing_strips import draw_groups
from retorch.inspection._table import table
from retorch.memory import MemoryMap, map_memory, name_members
from retorch.pictures import write_svg
from retorch.tensors import TensorFacts, read_facts


def collect(x: Any, *, backward_from: Tensor | Sequence[Tensor] | None, name: str) -> Collection:
    """Inspect each tensor that `x` holds.

    Raises:
        UsageError: it holds none.
    """
    members = dict(_members(x, name))
    if not members:
        raise UsageError(
            f"inspect takes a tensor, an array, a storage or a buffer, or a module, a batch or an optimizer that holds "
            f"some; this {type(x).__name__} holds none"
        )
    facts = {path: read_facts(member, backward_from=backward_from) for path, member in members.items()}
    first: dict[int, str] = {}
    same = {path: first.setdefault(id(member), path) for path, member in members.items()}
    tied = {path: origin for path, origin in same.items() if path != origin}
    return Collection(facts, tied, map_memory(members), name or type(x).__name__)


class Collection:
    """Several tensors by name. `print` shows a table, `collection["name"]` is the `Inspection` of one.

    It keeps no reference to what was inspected.
    """

    def __init__(self, facts: dict[str, TensorFacts], tied: dict[str, str], memory: MemoryMap, name: str) -> None:
        self._facts = facts
        self._tied = tied
        self._memory = memory
        self._name = name

    @property
    def facts(self) -> dict[str, TensorFacts]:
        """The facts of each tensor, by the name under which it was found."""
        return dict(self._facts)

    @property
    def tied(self) -> dict[str, str]:
        """Names of an object that has another name already, with that name: tied weights."""
        return dict(self._tied)

    @property
    def shares_with(self) -> dict[str, str]:
        """Names whose memory an earlier name has already, with that name; tied ones too."""
        return {name: group[0] for group in self._memory.groups for name in group[1:]}

    @property
    def bytes_seen(self) -> int:
        """What contiguous copies would take, each object once; kinds without a layout by their pieces."""
        return sum(_seen(facts) for name, facts in self._facts.items() if name not in self._tied)

    @property
    def bytes_kept_alive(self) -> int:
        """The bytes of all storages behind the names, each once; meta and fake tensors have none."""
        real = [name for name, facts in self._facts.items() if facts.kind not in ("meta", "fake")]
        blocks = {block for name in real for block in self._memory.members[name].blocks}
        return sum(self._memory.blocks[block].size for block in blocks)

    def __getitem__(self, name: str) -> Inspection:
        if name not in self._facts:
            close = difflib.get_close_matches(str(name), self._facts, n=3) or [*self._facts][:5]
            raise UsageError(f"nothing here is called {name!r}; there is {', '.join(close)}")
        return Inspection(self._facts[name], name)

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __str__(self) -> str:
        """Return the table, as wide as the terminal and 80 columns at most."""
        return table(self)

    def __repr__(self) -> str:
        return f"<Collection: {len(self):,} names in a {self._name}>"

    def to_svg(self) -> str:
        """Draw who lies where in memory: the largest groups that share first, 12 groups at most."""
        return draw_groups(self._memory, title=self._name)

    def svg(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing into an .svg file."""
        write_svg(self.to_svg(), path)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as dictionaries, lists, numbers and strings, ready for JSON."""
        return {
            "name": self._name,
            "members": {name: plain(facts) for name, facts in self._facts.items()},
            "tied": self.tied,
            "shares_with": self.shares_with,
            "bytes_seen": self.bytes_seen,
            "bytes_kept_alive": self.bytes_kept_alive,
        }

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>{self.to_svg()}"

    def _repr_svg_(self) -> str:
        return self.to_svg()


def _members(x: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Name what is inside as it is named there: "x" in a dictionary, "0.weight" in a module, "[0]" in a list."""
    if not name and isinstance(x, Mapping) and all(isinstance(key, str) for key in x):
        yield from name_members(x)
    else:
        yield from ((path if name else path.removeprefix("."), member) for path, member in name_members({name: x}))


def _seen(facts: TensorFacts) -> int:
    return sum(piece.bytes_seen for piece in facts.pieces) if facts.bytes_seen is None else facts.bytes_seen
