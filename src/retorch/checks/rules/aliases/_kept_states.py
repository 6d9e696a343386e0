"""`KeptStates`: the state_dicts that were given out, as long as somebody keeps one of their tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from weakref import ReferenceType, WeakSet, ref

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.weak import WeakIdKeyDictionary, WeakIdRef

from retorch.checks._held import held_by
from retorch.checks._writes import version
from retorch.lines import Site

Owner: TypeAlias = nn.Module | Optimizer

_DEEPEST = 4  # a checkpoint is a dictionary of dictionaries, seldom in a list


@dataclass(eq=False)
class KeptState:
    """What a `state_dict()` was when it was taken.

    Attributes:
        site: where.
        step: after how many optimizer steps.
        owner: the module or the optimizer that gave it.
        parameters: the ids of the owner's parameters.
        trained: whether an optimizer had changed them by then.
        versions: of each tensor that training writes, how often it had been written.
        followed: whether training, or a load of other values, has written them since.
    """

    site: Site
    step: int
    owner: ReferenceType[Owner]
    parameters: frozenset[int]
    trained: bool
    versions: Mapping[str, int]
    tensors: Mapping[str, ReferenceType[Tensor]] = field(repr=False)
    followed: bool = False
    _settled: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._settled = self.versions

    def follow(self) -> None:
        """Take note that the owner was just trained, or got other values."""
        self.followed = True
        self._settled = self._now()

    @property
    def is_as_followed(self) -> bool:
        """Tell whether nobody has written since the last `follow`, such as the user who changes the state in place."""
        return self._now() == self._settled

    def _now(self) -> dict[str, int]:
        alive = ((name, tensor()) for name, tensor in self.tensors.items())
        return {name: self._settled.get(name, 0) if value is None else version(value) for name, value in alive}


class KeptStates:
    """Knows of a tensor which `state_dict()` it came from, also when it lies in another dictionary by now.

    A copy is another tensor, and not known. `value.cpu()` of a tensor on the CPU is the tensor itself.
    """

    def __init__(self) -> None:
        self._of: WeakIdKeyDictionary = WeakIdKeyDictionary()
        # Each lives as long as one of its tensors.
        self._alive: WeakSet[KeptState] = WeakSet()

    def add(self, state: Mapping[str, Any], site: Site, step: int, owner: Owner, *, trained: bool) -> KeptState:
        """Remember what a module or an optimizer gave out just now."""
        named = dict(_named(state))
        written = named if isinstance(owner, Optimizer) else {name: named[name] for name in _learnt(owner, named)}
        kept = KeptState(
            site, step, ref(owner), frozenset(map(id, parameters_of(owner))), trained,
            {name: version(value) for name, value in written.items()},
            {name: WeakIdRef(value) for name, value in written.items()},
        )  # fmt: skip
        for name, value in named.items():
            self._of[value] = (kept, name)
        if named:
            self._alive.add(kept)
        return kept

    def of(self, values: Any) -> dict[KeptState, dict[str, Tensor]]:
        """Return the states that some values come from, each with those of its tensors that are among the values."""
        found: dict[KeptState, dict[str, Tensor]] = {}
        for tensor in tensors_in(values):
            kept, name = self._of.get(tensor, (None, ""))
            if kept is not None:
                found.setdefault(kept, {})[name] = tensor
        return found

    def of_owner(self, owner: Owner) -> list[KeptState]:
        """Return those that a module or an optimizer gave out and that somebody still keeps."""
        return [kept for kept in self._alive if kept.owner() is owner]

    def at(self, site: Site, owner: Owner) -> list[KeptState]:
        """Return those that were given out at a line and that somebody still keeps, in order."""
        there = (kept for kept in self.of_owner(owner) if kept.site == site)
        return sorted(there, key=lambda kept: kept.step)

    def stepped(self, optimizer: Optimizer) -> None:
        """Take note in each state of the optimizer, and of the modules that it trains, that it has made a step."""
        if self._alive:
            held = parameters_of(optimizer)
            for kept in list(self._alive):
                if kept.owner() is optimizer or any(id(parameter) in kept.parameters for parameter in held):
                    kept.follow()


def parameters_of(owner: Owner) -> list[Tensor]:
    """Return the parameters of a module or those that an optimizer holds."""
    if isinstance(owner, Optimizer):
        return held_by(owner)
    return list(owner.parameters())


def changed_since(kept: KeptState, tensors: Mapping[str, Tensor]) -> list[str]:
    """Return the names of those that were written since a state was taken."""
    return [name for name, value in tensors.items() if kept.versions.get(name, version(value)) != version(value)]


def is_itself(owner: nn.Module, state: Mapping[str, Any]) -> bool:
    """Tell whether all that a state has for a module is the module's own memory, so that loading it does nothing."""
    live = {**dict(owner.named_parameters(remove_duplicate=False)), **dict(owner.named_buffers(remove_duplicate=False))}
    pairs = [(live[name], value) for name, value in state.items() if name in live and isinstance(value, Tensor)]
    # An empty tensor has no memory that could be shared.
    pairs = [pair for pair in pairs if pair[0].numel()]
    return bool(pairs) and all(_is_same_memory(*pair) for pair in pairs)


def tensors_in(values: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested dictionaries, lists and tuples."""
    return (tensor for _, tensor in _named(values))


def _named(values: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    if isinstance(values, Tensor):
        yield name, values
    elif depth < _DEEPEST and isinstance(values, (Mapping, list, tuple)):
        items: Iterable[tuple[Any, Any]] = values.items() if isinstance(values, Mapping) else enumerate(values)
        for key, value in items:
            yield from _named(value, f"{name}.{key}" if name else str(key), depth + 1)


def _learnt(owner: nn.Module, named: Mapping[str, Tensor]) -> list[str]:
    """Return the names of the parameters: buffers such as running statistics change in evaluation too."""
    return [name for name, _ in owner.named_parameters(remove_duplicate=False) if name in named]


def _is_same_memory(live: Tensor, value: Tensor) -> bool:
    if live.device != value.device or live.shape != value.shape:
        return False
    try:
        return live.data_ptr() == value.data_ptr() != 0  # on the device "meta" every address is 0
    except RuntimeError:  # a kind of tensor without memory of its own
        return False
