"""Parameters that a module holds where `parameters()` does not look: in lists, dicts and objects of other classes.

So does a plain tensor that requires a gradient, and one that was computed from a parameter nobody has.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checks._leaves import AccumulateGrad, node_of

# The kind of a plain attribute that is a tensor itself.
TENSOR = "tensor"

# What each module has by itself: hooks, and the registers that `parameters()` reads.
_REGISTERS = frozenset(vars(nn.Module()))

_DEEPEST = 4
_LONGEST = 8  # moved, scaled, reshaped
_SHORT = 64
_LARGEST = 10_000  # a data set in a list is not searched to its end


class Hidden(NamedTuple):
    """Where a parameter hides.

    Attributes:
        owner: the module that has it.
        attribute: which of its plain attributes holds it.
        kind: of what that attribute is: "list", "dict", "Block", `TENSOR`.
        path: how the owner reaches it: "layers[0].weight".
    """

    owner: nn.Module
    attribute: str
    kind: str
    path: str


def hidden_parameters(models: Iterable[nn.Module]) -> dict[int, Hidden]:
    """Return, by id, each parameter that is in a plain attribute of a model's modules and not among its parameters."""
    found: dict[int, Hidden] = {}
    for model in models:
        registered = {id(parameter) for parameter in model.parameters()}
        for owner in model.modules():
            for attribute, value in list(vars(owner).items()):
                if attribute not in _REGISTERS:
                    for path, parameter in _inside(value, attribute, _DEEPEST):
                        if id(parameter) not in registered:
                            kind = TENSOR if isinstance(value, Tensor) else type(value).__name__
                            found.setdefault(id(parameter), Hidden(owner, attribute, kind, path))
    return found


def plain_tensors(value: Any) -> list[Tensor]:
    """Return a tensor, or those of a short list, tuple or dict; of one that was converted the one that it was."""
    several = value.values() if isinstance(value, dict) else value if type(value) in (list, tuple) else [value]
    if len(several) > _SHORT:
        return []
    return [leaf for each in several if isinstance(each, Tensor) and (leaf := _leaf_of(each)) is not None]


def _inside(value: Any, path: str, depth: int) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters inside a plain value. A module inside hides its own plain attributes too."""
    if isinstance(value, Tensor):
        yield from ((path, leaf) for leaf in plain_tensors(value) if leaf.requires_grad)
    elif isinstance(value, nn.Module):
        yield from ((f"{path}.{name}", parameter) for name, parameter in value.named_parameters())
        if depth:
            for name, module in value.named_modules(prefix=path):
                yield from _inside_attributes(module, name, depth)
    elif depth and type(value) in (list, tuple, deque):
        for place, each in enumerate(islice(value, _LARGEST)):
            yield from _inside(each, f"{path}[{place}]", depth - 1)
    elif depth and isinstance(value, dict):
        for key, each in list(value.items())[:_LARGEST]:
            yield from _inside(each, f"{path}[{key!r}]", depth - 1)
    elif depth and _is_plain_object(value):
        yield from _inside_attributes(value, path, depth)


def _leaf_of(value: Tensor) -> Tensor | None:
    """Return a tensor itself, or the one of which it is a converted copy, as in `nn.Parameter(x).to(device)`."""
    node = node_of(value)
    if node is None:
        return value
    for _ in range(_LONGEST):
        below = [each for each, _ in node.next_functions if each is not None]
        if len(below) != 1:
            return None
        node = below[0]
        if isinstance(node, AccumulateGrad):
            leaf: Tensor = node.variable
            return leaf
    return None


def _inside_attributes(owner: Any, path: str, depth: int) -> Iterator[tuple[str, Tensor]]:
    for attribute, value in list(vars(owner).items()):
        if attribute not in _REGISTERS:
            yield from _inside(value, f"{path}.{attribute}", depth - 1)


def _is_plain_object(value: Any) -> bool:
    return (
        not isinstance(value, (Tensor, Optimizer, type))
        and type(getattr(value, "__dict__", None)) is dict
        and not type(value).__module__.startswith(("torch.", "builtins"))
    )
