"""Which parameters and buffers of two models belong together, and lending those of one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from retorch.comparison.models._matching import Names, Pair, align, plain_name
from retorch.comparison.models._outputs import same_bits

# How other frameworks and GPT-2's Conv1D turn the dimensions of a weight.
_TURNS: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((1, 0),),
    3: ((2, 1, 0), (1, 2, 0)),
    4: ((3, 2, 0, 1), (2, 3, 1, 0)),
    5: ((4, 3, 0, 1, 2), (2, 3, 4, 1, 0)),
}

Turn = tuple[int, ...] | None
State = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Belonging:
    """Tensors of A and B that belong together.

    Attributes:
        a, b: names; several of one side, in order, make up the one of the other.
        turn: the order of B's dimensions that gives A's; None where they are the same.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    turn: Turn = None

    @property
    def how(self) -> str:
        """What has to be done to one of them, in words."""
        words = ["joined"] if len(self.a) != len(self.b) else []
        if self.turn is not None:
            words.append("transposed" if self.turn == (1, 0) else f"permuted {self.turn}")
        return ", ".join(words)


def state_of(model: nn.Module) -> State:
    """Return parameters and buffers by name; a tied one under each name, because the other model may not tie it."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    return {**parameters, **dict(model.named_buffers(remove_duplicate=False))}


def belonging(a: State, b: State, pairs: Sequence[Pair], names: Names) -> list[Belonging]:
    """Find which tensors of two states belong together.

    Args:
        a: parameters and buffers of A, in the order of registration.
        b: those of B.
        pairs: matched calls, inner ones first.
        names: the name map.
    """
    pool = _Pool(dict(a), dict(b))
    pool.by_names(names)
    for pair in pairs:
        if pair.a.module is not None and pair.b.module is not None:
            pool.within(pair)
    pool.turn_squares(pairs)
    return pool.found


class _Pool:
    """What has no counterpart yet on either side, and what was found."""

    def __init__(self, a: State, b: State) -> None:
        self.a, self.b = a, b
        self._all_a, self._all_b = dict(a), dict(b)
        self.found: list[Belonging] = []

    def by_names(self, names: Names) -> None:
        """Take what the map names, and what has the same name and shape."""
        there = {plain_name(name): name for name in self.b}
        for name, tensor in list(self.a.items()):
            mapped = names.in_b(name)
            other = mapped if mapped in self.b else there.get(plain_name(name))
            turns = turns_between(tensor, self.b[other]) if other in self.b else []
            if other is not None and turns:
                self._take((name,), (other,), turns[0])

    def within(self, pair: Pair) -> None:
        """Pair what two matched modules and all in them hold."""
        ours, theirs = _under(self.a, pair.a.name), _under(self.b, pair.b.name)
        if not ours or not theirs:
            return
        locally = {_local(name, pair.b.name): name for name in theirs}
        for name in ours:
            other = locally.get(_local(name, pair.a.name))
            if other is not None and self.a[name].shape == self.b[other].shape:
                self._take((name,), (other,), None)
        self._join(_under(self.a, pair.a.name), _under(self.b, pair.b.name))
        self._in_order(_under(self.a, pair.a.name), _under(self.b, pair.b.name))

    def turn_squares(self, pairs: Sequence[Pair]) -> None:
        """Turn square weights too, where the same two classes hold others that must be turned."""
        kinds_a = {name: pair for pair in pairs for name in _own_names(pair.a.module, pair.a.name)}
        turned = {
            (kinds_a[one.a[0]].a.kind, kinds_a[one.a[0]].b.kind)
            for one in self.found
            if one.turn is not None and one.a[0] in kinds_a
        }
        for place, one in enumerate(self.found):
            pair = kinds_a.get(one.a[0])
            if pair is None or pair.a.kind == pair.b.kind or (pair.a.kind, pair.b.kind) not in turned:
                continue
            tensors = self._all_a[one.a[0]], self._all_b[one.b[0]]
            if one.turn is None and len(one.a) == len(one.b) and all(t.dim() == 2 for t in tensors):
                self.found[place] = Belonging(one.a, one.b, (1, 0))

    def _join(self, ours: list[str], theirs: list[str]) -> None:
        for name in ours:
            if all(self.b[other].shape != self.a[name].shape for other in theirs if other in self.b):
                parts, turn = _parts_of(self.a[name], [one for one in theirs if one in self.b], self.b)
                self._take_parts((name,), parts, turn)
        for name in theirs:
            if name in self.b and all(self.a[o].shape != self.b[name].shape for o in ours if o in self.a):
                parts, turn = _parts_of(self.b[name], [one for one in ours if one in self.a], self.a)
                self._take_parts(parts, (name,), turn)

    def _take_parts(self, ours: tuple[str, ...], theirs: tuple[str, ...], turn: Turn) -> None:
        if ours and theirs:
            self._take(ours, theirs, turn)

    def _in_order(self, ours: list[str], theirs: list[str]) -> None:
        def points(one: str, other: str) -> float:
            turns = turns_between(self.a[one], self.b[other])
            if not turns or isinstance(self.a[one], nn.Parameter) != isinstance(self.b[other], nn.Parameter):
                return 0.0
            same_last = one.rpartition(".")[2] == other.rpartition(".")[2]
            return (3.0 if turns[0] is None else 2.0) + (1.0 if same_last else 0.0)

        for i, j in align(ours, theirs, points):
            self._take((ours[i],), (theirs[j],), turns_between(self.a[ours[i]], self.b[theirs[j]])[0])

    def _take(self, ours: tuple[str, ...], theirs: tuple[str, ...], turn: Turn) -> None:
        self.found.append(Belonging(ours, theirs, turn))
        for name in ours:
            del self.a[name]
        for name in theirs:
            del self.b[name]


def turns_between(a: Tensor, b: Tensor) -> list[Turn]:
    """Return how B may be turned to have the shape of A; nothing first."""
    if a.shape == b.shape:
        return [None]
    if a.dim() != b.dim():
        return []
    return [turn for turn in _TURNS.get(a.dim(), ()) if b.permute(turn).shape == a.shape]


def _parts_of(whole: Tensor, names: list[str], state: State) -> tuple[tuple[str, ...], Turn]:
    """Find tensors of one last name, next to each other, that make up a whole along its first dimension."""
    turns: tuple[Turn, ...] = (None, (1, 0)) if whole.dim() == 2 else (None,)
    for turn in turns:
        turned = whole if turn is None else whole.permute(turn)
        for last in dict.fromkeys(name.rpartition(".")[2] for name in names) if turned.dim() else ():
            for same in (
                [name for name in names if name.rpartition(".")[2] == last and _fits_along(turned, state[name])],
                [name for name in names if _fits_along(turned, state[name])],
            ):
                length, parts = 0, []
                for name in same:
                    length += state[name].shape[0]
                    parts.append(name)
                    if length == turned.shape[0] and len(parts) > 1:
                        return tuple(parts), turn
    return (), None


def _fits_along(whole: Tensor, part: Tensor) -> bool:
    return part.dim() == whole.dim() and part.shape[1:] == whole.shape[1:] and part.shape[0] < whole.shape[0]


def _under(state: State, name: str) -> list[str]:
    return [one for one in state if not name or one.startswith(f"{name}.")]


def _local(name: str, module: str) -> str:
    return name[len(module) + 1 :] if module else name


def _own_names(module: nn.Module | None, name: str) -> list[str]:
    if module is None:
        return []
    return [f"{name}.{one}" if name else one for one, _ in module.named_parameters(recurse=False)]


def as_a(one: Belonging, b: Mapping[str, Tensor]) -> Tensor:
    """Return what B holds, in the form that A has it; where A has it in parts, all of A's joined."""
    whole = torch.cat([b[name].detach() for name in one.b]) if len(one.b) > 1 else b[one.b[0]].detach()
    return whole if one.turn is None else whole.permute(one.turn)


def joined_a(one: Belonging, a: Mapping[str, Tensor]) -> Tensor:
    """Return what A holds, its parts joined."""
    return torch.cat([a[name].detach() for name in one.a]) if len(one.a) > 1 else a[one.a[0]].detach()


def agree(one: Belonging, a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    """Say whether both hold the same bits."""
    return same_bits(joined_a(one, a), as_a(one, b))


@contextmanager
def carried(found: Sequence[Belonging], a: State, b: State, source: str) -> Iterator[None]:
    """Copy the weights of one model into the other inside a `with`; afterwards each has its own again.

    Args:
        found: what belongs together.
        a: parameters and buffers of A.
        b: those of B.
        source: "a" or "b": whose weights both have inside.
    """
    written = {name: (b if source == "a" else a)[name] for one in found for name in (one.b if source == "a" else one.a)}
    with kept(written.values()):
        for one in found:
            if source == "a":
                _write(_as_b(one, joined_a(one, a)), [b[name] for name in one.b])
            else:
                _write(as_a(one, b), [a[name] for name in one.a])
        yield


@contextmanager
def kept(tensors: Iterable[Tensor]) -> Iterator[None]:
    """Put tensors back to what they held, after a `with`; no version counter of theirs moves."""
    before = [(tensor, tensor.detach().clone()) for tensor in tensors]
    try:
        yield
    finally:
        for tensor, content in before:
            tensor.data.copy_(content)


def _as_b(one: Belonging, whole: Tensor) -> Tensor:
    if one.turn is None:
        return whole
    back = sorted(range(len(one.turn)), key=one.turn.__getitem__)
    return whole.permute(back)


def _write(whole: Tensor, into: list[Tensor]) -> None:
    parts = whole.split([part.shape[0] for part in into]) if len(into) > 1 else (whole,)
    for target, part in zip(into, parts, strict=True):
        # `.data` has a version counter of its own: a graph of the user's sees no write, and the bits come back.
        target.data.copy_(part)
