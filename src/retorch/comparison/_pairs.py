"""What is put side by side on the page: environments, configurations, the two runs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retorch.comparison._difference import Comparison, Side, Unlike


@dataclass(frozen=True, slots=True)
class Pair:
    """One fact of both runs, as text; None where a run has no such fact."""

    name: str
    a: str | None
    b: str | None
    likelihood: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Facts of both runs: those to read, and those that are folded away."""

    unlike: tuple[Pair, ...]
    alike: tuple[Pair, ...]


def runs(a: Side, b: Side) -> tuple[Pair, ...]:
    """Return what there is to know about the two runs themselves."""
    return (
        Pair("folder", str(a.path), str(b.path)),
        Pair("steps", f"{a.steps:,}", f"{b.steps:,}"),
        Pair("recorded", a.level, b.level),
        Pair("seed", str(a.seed), str(b.seed)),
        Pair("command", a.command, b.command),
    )


def environments(comparison: Comparison) -> SideBySide:
    """Put the environments side by side: what was judged to differ first, in the order of its likelihood."""
    judged = tuple(_judged(fact) for fact in comparison.unlike)
    named = {fact.name for fact in comparison.unlike}
    others = _side_by_side(comparison.a.environment, comparison.b.environment)
    return SideBySide(
        (*judged, *(pair for pair in others.unlike if pair.name not in named)),
        tuple(pair for pair in others.alike if pair.name not in named),
    )


def configurations(comparison: Comparison) -> SideBySide:
    """Put the configurations side by side."""
    return _side_by_side(comparison.a.config, comparison.b.config)


def _judged(fact: Unlike) -> Pair:
    return Pair(fact.name, fact.a, fact.b, fact.likelihood, fact.why)


def _side_by_side(a: Mapping[str, Any], b: Mapping[str, Any]) -> SideBySide:
    flat_a, flat_b = dict(_flat(a)), dict(_flat(b))
    pairs = [Pair(name, flat_a.get(name), flat_b.get(name)) for name in dict.fromkeys([*flat_a, *flat_b])]
    return SideBySide(
        tuple(pair for pair in pairs if pair.a != pair.b), tuple(pair for pair in pairs if pair.a == pair.b)
    )


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Name nested values by their path; an empty one is a value itself."""
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _flat(entry, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for number, entry in enumerate(value):
            yield from _flat(entry, f"{name}.{number}" if name else str(number))
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        return ", ".join(_text(one) for one in value) or "none"
    return str(value)
