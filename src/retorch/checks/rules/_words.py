"""How findings name things: a parameter by its name in quotes, a count with its noun."""

from __future__ import annotations


def times(count: int, noun: str) -> str:
    """Return "1 step", "3 steps", "2 passes"."""
    return f"1 {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith(('s', 'ch')) else 's'}"


def quoted(name: str, kind: str) -> str:
    """Return a name in quotes, or what it is for a thing without a name: a name such as "1" is no count."""
    return f'"{name}"' if name else kind


def parameters(name: str, shape: tuple[int, ...], count: int = 1) -> str:
    """Name parameters by the first of them: '"layers.0.weight" (8, 4) and 5 more'."""
    first = f"{quoted(name, 'a parameter')} {shape}"
    return f"{first} and {count - 1} more" if count > 1 else first


def listed(things: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(things[:-1]), things[-1]] if len(things) > 1 else things)
