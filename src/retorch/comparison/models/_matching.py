"""Which call of A is which call of B: the name map first, then names, parameters, classes and order together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeVar

from retorch.comparison.models._outputs import Call, Shape
from retorch.comparison.models._pairing import lay_beside

T = TypeVar("T")

# What speaks for two calls being the same. Names outweigh all else together; without any parameter in common, class
# and order are all there is.
_SAME_NAME = 60.0
_SAME_NAME_AMONG_NUMBERS = 30.0  # "blocks.3.norm": one side may have a block more
_SAME_NUMBER = 8.0  # "net.3": one side may have a layer more
_SAME_BITS = 15.0
_SAME_PARAMETERS = 20.0
_AS_MANY_PARAMETERS = 9.0
_SAME_KIND = 6.0
_SAME_LAST_NAME = 4.0
_NO_PARAMETERS = 2.0
_SAVED = 3.0
_OTHER_LAYOUT = -4.0

_MOST_CELLS = 1_500_000


class Names:
    """The name map: names of A to names of B. A name also stands for all that begins with it and a dot.

    >>> names = Names({"encoder": "enc", "encoder.0.act": "enc.0.gelu"})
    >>> names.in_b("encoder.0.act"), names.in_b("encoder.1.act"), names.in_b("head")
    ('enc.0.gelu', 'enc.1.act', None)
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = dict(names or {})

    def in_b(self, name: str) -> str | None:
        """Return the name that a module or parameter of A has in B, as far as the map says."""
        return _renamed(name, self._names)

    def in_a(self, name: str) -> str | None:
        """Return the name that a module or parameter of B has in A, as far as the map says."""
        return _renamed(name, {theirs: ours for ours, theirs in self._names.items()})

    def __bool__(self) -> bool:
        return bool(self._names)

    def unknown(self, ours: Iterable[str], theirs: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the names of the map that are no beginning of any name of A, and of B."""
        a, b = _beginnings(ours), _beginnings(theirs)
        return [one for one in self._names if one not in a], [one for one in self._names.values() if one not in b]


def _renamed(name: str, names: Mapping[str, str]) -> str | None:
    for end in _ends(name):
        if name[:end] in names:
            return (names[name[:end]] + name[end:]).strip(".")
    return None


def _ends(name: str) -> list[int]:
    return [len(name), *(place for place in range(len(name) - 1, 0, -1) if name[place] == ".")]


def _beginnings(names: Iterable[str]) -> set[str]:
    return {name[:end] for name in names for end in _ends(name)}


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two calls that are taken for counterparts, and why: "name map", "name", "structure", "values" or "shape"."""

    a: Call
    b: Call
    by: str

    @property
    def is_sure(self) -> bool:
        """Whether the user said so."""
        return self.by == "name map"


def match(ours: Sequence[Call], theirs: Sequence[Call], names: Names) -> list[Pair]:
    """Pair calls of A with calls of B, in the order of A's.

    Each call is in one pair at most. What the map names is paired in any case. The models themselves
    are a pair. All others are aligned in order, like a longest common subsequence in which likely pairs weigh more;
    what remains may be paired out of order by name, by the same bits, or where nothing else has its parameters.
    """
    pairs = _mapped(ours, theirs, names) + _roots(ours, theirs)
    for way in (_aligned, _by_name, _by_bits, _by_parameters):
        pairs += way(*_free(ours, theirs, pairs))
    while more := _aligned_inside(*_free(ours, theirs, pairs), pairs):
        pairs += more
    order = {id(call): place for place, call in enumerate(ours)}
    unique = {id(pair.a): pair for pair in reversed(pairs)}
    return sorted(unique.values(), key=lambda pair: order[id(pair.a)])


def _free(ours: Sequence[Call], theirs: Sequence[Call], pairs: Sequence[Pair]) -> tuple[list[Call], list[Call]]:
    taken = {id(call) for pair in pairs for call in (pair.a, pair.b)}
    a, b = ([call for call in calls if id(call) not in taken] for calls in (ours, theirs))
    return a, b


def _aligned_inside(ours: Sequence[Call], theirs: Sequence[Call], pairs: Sequence[Pair]) -> list[Pair]:
    """Align what is left inside each pair, if it has parameters: its branches may run in another order."""
    judge, found = _Judge(), []
    a, b = _by_outer(ours, [pair.a for pair in pairs]), _by_outer(theirs, [pair.b for pair in pairs])
    for pair in pairs:
        inside_a, inside_b = a.get(id(pair.a), ()), b.get(id(pair.b), ())
        found += _align(
            [c for c in inside_a if parameter_shapes(c)], [c for c in inside_b if parameter_shapes(c)], judge
        )
    return found


def _by_outer(calls: Sequence[Call], paired: Sequence[Call]) -> dict[int, list[Call]]:
    """Group calls by the innermost paired call round them."""
    groups: dict[int, list[Call]] = {}
    for call in calls:
        outer = [one for one in paired if one.begin < call.begin and call.end < one.end]
        if outer:
            groups.setdefault(id(max(outer, key=lambda one: one.begin)), []).append(call)
    return groups


def _mapped(ours: Sequence[Call], theirs: Sequence[Call], names: Names) -> list[Pair]:
    if not names:
        return []
    there = {(call.name, call.number): call for call in theirs}
    found = ((call, there.get((names.in_b(call.name) or "", call.number))) for call in ours if names.in_b(call.name))
    return [Pair(a, b, "name map") for a, b in found if b is not None and a.name]


def _roots(ours: Sequence[Call], theirs: Sequence[Call]) -> list[Pair]:
    a, b = ([call for call in calls if not call.name and call.module is not None] for calls in (ours, theirs))
    return [Pair(a[-1], b[-1], "name")] if a and b else []


def _aligned(ours: Sequence[Call], theirs: Sequence[Call]) -> list[Pair]:
    """Align two sequences; where they are too long for all pairs, between stretches that are plainly the same."""
    judge = _Judge()
    if len(ours) * len(theirs) <= _MOST_CELLS:
        return _align(ours, theirs, judge)
    keys_a, keys_b = [_key(call) for call in ours], [_key(call) for call in theirs]
    pairs, at_a, at_b = [], 0, 0
    for start_a, start_b, size in SequenceMatcher(None, keys_a, keys_b, autojunk=False).get_matching_blocks():
        if (start_a - at_a) * (start_b - at_b) <= _MOST_CELLS:
            pairs += _align(ours[at_a:start_a], theirs[at_b:start_b], judge)
        pairs += [Pair(ours[start_a + n], theirs[start_b + n], judge.reason(ours[start_a + n], theirs[start_b + n]))
                  for n in range(size)]  # fmt: skip
        at_a, at_b = start_a + size, start_b + size
    return pairs


def _key(call: Call) -> Hashable:
    return call.kind, call.shapes, parameter_shapes(call)


def _align(ours: Sequence[Call], theirs: Sequence[Call], judge: _Judge) -> list[Pair]:
    """Find the pairs in order whose scores have the largest sum."""
    chosen = align(ours, theirs, judge.score)
    return [Pair(ours[i], theirs[j], judge.reason(ours[i], theirs[j])) for i, j in chosen]


def align(ours: Sequence[T], theirs: Sequence[T], score: Callable[[T, T], float]) -> list[tuple[int, int]]:
    """Return the places of the pairs, in order on both sides, whose scores (0: no pair) have the largest sum."""
    width = len(theirs) + 1
    best = [[0.0] * width]
    scores = []
    for one in ours:
        above, row = best[-1], [0.0]
        found = [score(one, other) for other in theirs]
        for place, points in enumerate(found):
            skip = max(above[place + 1], row[place])
            row.append(max(skip, above[place] + points) if points > 0 else skip)
        best.append(row)
        scores.append(found)
    return _walk_back(best, scores)


def _walk_back(best: list[list[float]], scores: list[list[float]]) -> list[tuple[int, int]]:
    pairs = []
    i, j = len(best) - 1, len(best[0]) - 1
    while i and j:
        points = scores[i - 1][j - 1]
        if points > 0 and best[i][j] == best[i - 1][j - 1] + points:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


class _Judge:
    """Says how much speaks for two calls being the same, and remembers what depends on their form only."""

    def __init__(self) -> None:
        self._forms: dict[int, int] = {}
        self._numbers: dict[Hashable, int] = {}
        self._known: dict[tuple[int, int], float] = {}

    def score(self, a: Call, b: Call) -> float:
        """Return the points for a pair; 0 where it cannot be one."""
        named = _name_points(a, b)
        key = self._form(a), self._form(b)
        if key not in self._known:
            self._known[key] = _score_forms(a, b)
        points = self._known[key]
        if not points:
            return named if named > _SAME_NUMBER else 0.0
        if named:
            points += named
        elif _last(a) and _last(a) == _last(b):
            points += _SAME_LAST_NAME
        return points + (_SAME_BITS if _same_bits(a, b) else 0.0)

    def reason(self, a: Call, b: Call) -> str:
        """Return the strongest of what speaks for a pair."""
        if _same_name(a, b):
            return "name"
        if a.module is None or b.module is None:
            return "shape"
        return "structure"

    def _form(self, call: Call) -> int:
        if id(call) not in self._forms:
            paths = tuple(value.path for value in call.outputs)
            form = (_key(call), paths, call.passes_on, call.module is None)
            self._forms[id(call)] = self._numbers.setdefault(form, len(self._numbers))
        return self._forms[id(call)]


def _score_forms(a: Call, b: Call) -> float:
    beside = lay_beside(a.outputs, b.outputs)
    if a.module is None or b.module is None:
        return (_SAVED if all(pair.fit == "same" for pair in beside) else 1.0) if beside else 0.0
    same_kind = a.kind == b.kind
    mine, other = parameter_shapes(a), parameter_shapes(b)
    if bool(mine) != bool(other):
        return 0.0
    if beside is None:  # one convolution pads and the other does not
        return _SAME_KIND if mine and same_kind and mine == other else 0.0
    points = _parameter_points(mine, other) if mine else _formless_points(a, b)
    if not points:
        return 0.0
    layout = 0.0 if all(pair.fit == "same" for pair in beside) else _OTHER_LAYOUT
    return max(points + (_SAME_KIND if same_kind else 0.0) + layout, 0.5)


def _parameter_points(mine: tuple[Shape, ...], other: tuple[Shape, ...]) -> float:
    if sorted(tuple(sorted(shape)) for shape in mine) == sorted(tuple(sorted(shape)) for shape in other):
        return _SAME_PARAMETERS
    return _AS_MANY_PARAMETERS if _elements(mine) == _elements(other) else 0.0


def _formless_points(a: Call, b: Call) -> float:
    # A dropout in eval mode gives what it got. What computes something is no counterpart of it.
    return _NO_PARAMETERS if a.passes_on == b.passes_on or a.kind == b.kind else 0.0


def _elements(shapes: tuple[Shape, ...]) -> int:
    total = 0
    for shape in shapes:
        product = 1
        for size in shape:
            product *= size
        total += product
    return total


def parameter_shapes(call: Call) -> tuple[Shape, ...]:
    """Return the shapes of the parameters of a call's module and of all modules in it, sorted."""
    if call.module is None:
        return ()
    return tuple(sorted(tuple(one.shape) for one in call.module.parameters()))


def _name_points(a: Call, b: Call) -> float:
    if not _same_name(a, b):
        return 0.0
    parts = plain_name(a.name).split(".")
    if parts[-1].isdigit():
        return _SAME_NUMBER
    return _SAME_NAME_AMONG_NUMBERS if any(part.isdigit() for part in parts) else _SAME_NAME


def _same_name(a: Call, b: Call) -> bool:
    return bool(a.name) and plain_name(a.name) == plain_name(b.name) and a.number == b.number


@lru_cache(maxsize=65536)
def plain_name(name: str) -> str:
    """Return a name without what wrappers and other frameworks put round it.

    >>> plain_name("module.layer1/0/conv1:0"), plain_name("_orig_mod.fc.output")
    ('layer1.0.conv1', 'fc')
    """
    plain = name.replace("/", ".").removesuffix(":0").removeprefix("module.").replace("_orig_mod.", "")
    for ending in (".output", ".out", ".outputs"):
        plain = plain.removesuffix(ending) if plain != ending[1:] else plain
    return plain


def _last(call: Call) -> str:
    last = plain_name(call.name).rpartition(".")[2]
    return "" if last.isdigit() else last


def _same_bits(a: Call, b: Call) -> bool:
    return bool(a.outputs) and bool(b.outputs) and a.outputs[0].tensor is b.outputs[0].tensor


def _by_name(ours: Sequence[Call], theirs: Sequence[Call]) -> list[Pair]:
    there = {(plain_name(call.name), call.number): call for call in theirs if call.name}
    found = ((call, there.get((plain_name(call.name), call.number))) for call in ours)
    judge = _Judge()
    return [Pair(a, b, "name") for a, b in found if b is not None and judge.score(a, b)]


def _by_bits(ours: Sequence[Call], theirs: Sequence[Call]) -> list[Pair]:
    """Pair what gives the same bits and computes something, where that is told apart from all others."""
    return _by_the_only(ours, theirs, _bits_key, "values")


def _by_parameters(ours: Sequence[Call], theirs: Sequence[Call]) -> list[Pair]:
    """Pair what has parameters of shapes that no other call has: branches may run in another order."""
    return _by_the_only(ours, theirs, _parameters_key, "structure")


def _bits_key(call: Call) -> Hashable:
    return id(call.outputs[0].tensor) if call.outputs and not call.passes_on else None


def _parameters_key(call: Call) -> Hashable:
    shapes = parameter_shapes(call)
    return (shapes, call.shapes) if shapes else None


def _by_the_only(ours: Sequence[Call], theirs: Sequence[Call], key: Callable[[Call], Hashable], by: str) -> list[Pair]:
    count_a, count_b = Counter(map(key, ours)), Counter(map(key, theirs))
    there = {key(call): call for call in theirs}
    return [
        Pair(call, there[key(call)], by)
        for call in ours
        if key(call) is not None and count_a[key(call)] == count_b[key(call)] == 1
    ]
