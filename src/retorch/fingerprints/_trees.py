"""`Tree`: what a fingerprint is put together from, before the numbers of tensors are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from retorch.fingerprints._mixing import combine

L = TypeVar("L")
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Node(Generic[L]):
    """Several things in their order, under a seed that says what they make up."""

    seed: int
    items: tuple[Tree[L], ...]


# A number is a fingerprint that is known; a leaf stands for one that is not known yet.
Tree: TypeAlias = "int | L | Node[L]"


def replace_leaves(tree: Tree[L], function: Callable[[L], Tree[M]]) -> Tree[M]:
    """Return the same tree with each leaf replaced, in their order."""
    if isinstance(tree, Node):
        return Node(tree.seed, tuple(replace_leaves(item, function) for item in tree.items))
    return tree if isinstance(tree, int) else function(tree)


def settle(tree: Tree[L], number_of: Callable[[L], int]) -> int:
    """Return the fingerprint of a whole tree."""
    if isinstance(tree, Node):
        return combine(tree.seed, [settle(item, number_of) for item in tree.items])
    return tree if isinstance(tree, int) else number_of(tree)
