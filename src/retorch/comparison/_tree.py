"""The tree of modules on the page, from their dotted paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from retorch.comparison._phrases import Modules, first_unequal


@dataclass(slots=True)
class Node:
    """A module with those inside it.

    Attributes:
        name: the last part of its path.
        path: the whole path.
        kind: its class; empty for a container that no call was seen of.
        equal: whether its outputs were equal; None where none was seen.
        first: it is the first that gave another output.
        opened: it is outermost or the first one is inside it, so that it is shown open.
        inside: in the model's own order.
    """

    name: str
    path: str
    kind: str = ""
    equal: bool | None = None
    first: bool = False
    opened: bool = False
    inside: dict[str, Node] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """One of "equal", "different", "unknown"."""
        return {True: "equal", False: "different", None: "unknown"}[self.equal]

    @property
    def all_equal(self) -> bool:
        """Whether it and all in it may be hidden from who looks for differences."""
        return self.equal is not False and not self.unequal

    @property
    def unequal(self) -> int:
        """How many modules inside it gave another output."""
        return sum(node.equal is False for node in self._below())

    @property
    def seen(self) -> int:
        """How many modules inside it gave an output in both runs."""
        return sum(node.equal is not None for node in self._below())

    def _below(self) -> Iterator[Node]:
        for node in self.inside.values():
            yield node
            yield from node._below()  # noqa: SLF001 - its own kind


def tree(modules: Modules) -> list[Node]:
    """Return the outermost modules, each with those inside it. Holders that are not listed themselves are added."""
    top = Node("", "")
    for path, kind, equal in modules:
        node = _node_at(top, path)
        node.kind = kind
        # A module may be listed for each of its calls.
        node.equal = equal if node.equal is not False else False
    first = first_unequal(modules)
    if first is not None:
        _open(top, first)
    for node in top.inside.values():
        node.opened = True
    return list(top.inside.values())


def _node_at(top: Node, path: str) -> Node:
    node = top
    for name in path.split("."):
        whole = f"{node.path}.{name}" if node.path else name
        node = node.inside.setdefault(name, Node(name, whole))
    return node


def _open(top: Node, path: str) -> None:
    node = top
    for name in path.split("."):
        node = node.inside[name]
        node.opened = True
    node.first = True
