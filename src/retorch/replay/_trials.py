"""`Trial`: what is changed about an operation when it is run again, and which changes are worth trying."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from retorch.replay._captured import Captured
from retorch.replay._settings import Settings, starting_variables, unlike_settings

ALL_OF_A = "all settings of A"
ALL_OF_B = "all settings of B"
ALL_BUT = "all settings of B but "
AS_IN_B = "as in B"

_PRECISIONS = ("ieee", "tf32", "bf16")
_DTYPES = ("bfloat16", "float16", "float32", "float64")


class Change(NamedTuple):
    """A change of the operation's own arguments.

    Attributes:
        kind: "dtype", "layout", "alignment", "random state" or "argument".
        value: what it becomes; for an argument its place among the leaves of all arguments, which B's fills.
    """

    kind: str
    value: str | int


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to run the operation again.

    Attributes:
        setting: what is changed, in a reader's words.
        value: to what.
        settings: in what it is run.
        change: what becomes of its arguments.
        of_b: whether B's captured operation is run, with its own arguments.
        message: both values, where the two runs had different ones.
    """

    setting: str
    value: str
    settings: Settings
    change: Change | None = None
    of_b: bool = False
    message: str = ""


def likely_trials(a: Settings, b: Settings, captured_a: Captured, captured_b: Captured | None) -> list[Trial]:
    """List each run's own way first, then all in which the two differ, one at a time."""
    own = [Trial(ALL_OF_A, "", a), Trial(ALL_OF_B, "", b, of_b=captured_b is not None)]
    unlike = [
        Trial(name, said(b.get(name)), _with(a, name, b.get(name)), message=_both(a.get(name), b.get(name)))
        for name in unlike_settings(a, b)
    ]
    return own + unlike + list(_unlike_arguments(a, captured_a, captured_b))


def trials_without(a: Settings, b: Settings, captured_b: Captured | None) -> list[Trial]:
    """List all of B's settings but one: those that are missed are the ones that B's bits need together."""
    return [
        Trial(ALL_BUT + name, said(a.get(name)), _with(b, name, a.get(name)), of_b=captured_b is not None)
        for name in unlike_settings(a, b)
    ]


def further_trials(a: Settings, devices: frozenset[str]) -> list[Trial]:
    """List the changes that are known to change bits, whatever the two runs recorded.

    Args:
        a: A's own settings.
        devices: the kinds of devices that the operation works on, such as "cpu".
    """
    kinds = [*(_on_cpu(a) if devices <= {"cpu"} else _on_accelerators(a)), *_everywhere(a)]
    return [trial for trial in kinds if trial.settings != a or trial.change]


def device_kinds(path: Path) -> frozenset[str]:
    """Tell on which kinds of devices a captured operation works, without having them."""
    kinds = set()

    def look(storage: Any, location: str) -> Any:
        kinds.add(location.partition(":")[0])
        return storage

    torch.load(path, map_location=look, weights_only=True)
    return frozenset(kinds)


def leaves(captured: Captured) -> list[Any]:
    """Flatten the arguments, in an order that is the same for both runs."""
    return pytree.tree_leaves((captured.args, captured.kwargs), is_leaf=lambda value: value is None)


def said(value: Any) -> str:
    """Spell a value for a reader, on one line."""
    if value is None:
        return "unset"
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _with(settings: Settings, name: str, value: Any) -> Settings:
    changed = {**settings, name: value}
    return changed if value is not None else {key: kept for key, kept in settings.items() if key != name}


def _both(a: Any, b: Any) -> str:
    if isinstance(a, dict) and isinstance(b, dict):
        unlike = [name for name in {**a, **b} if a.get(name) != b.get(name)]
        a, b = ({name: side.get(name) for name in unlike} for side in (a, b))
    return f"{said(a)} in A, {said(b)} in B"


def _unlike_arguments(a: Settings, captured_a: Captured, captured_b: Captured | None) -> Iterator[Trial]:
    if captured_b is None or captured_b.operation != captured_a.operation:
        return
    ours, theirs = leaves(captured_a), leaves(captured_b)
    if len(ours) == len(theirs):
        names = _names_of_leaves(captured_a)
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if not isinstance(one, Tensor) and not isinstance(other, Tensor) and repr(one) != repr(other):
                change = Change("argument", place)
                yield Trial(f"argument {names[place]}", repr(other), a, change, message=_both(repr(one), repr(other)))
        if _layouts(ours) != _layouts(theirs):
            yield Trial("layout", AS_IN_B, a, Change("layout", AS_IN_B), message=_unlike_layouts(ours, theirs))
    if _differ(captured_a.generator, captured_b.generator):
        message = "the random stream stood at another place in A than in B"
        yield Trial("random state", AS_IN_B, a, Change("random state", AS_IN_B), message=message)


def _names_of_leaves(captured: Captured) -> list[str]:
    """Name each leaf by the operation's schema; by its place where this process does not know the operation."""
    try:
        slots = [argument.name for argument in captured.overload()._schema.arguments]  # noqa: SLF001
    except (AttributeError, ValueError):
        slots = [str(place) for place in range(len(captured.args))]
    named = [*zip(slots, captured.args, strict=False), *captured.kwargs.items()]
    return [name for name, value in named for _ in pytree.tree_leaves(value, is_leaf=lambda each: each is None)]


def _layouts(values: list[Any]) -> list[tuple[int, ...] | None]:
    return [
        tuple(value.stride()) if isinstance(value, Tensor) and value.layout == torch.strided else None
        for value in values
    ]


def _unlike_layouts(ours: list[Any], theirs: list[Any]) -> str:
    for one, other in zip(_layouts(ours), _layouts(theirs), strict=True):
        if one != other:
            return f"strides {one} in A, {other} in B"
    raise AssertionError


def _differ(one: Tensor | None, other: Tensor | None) -> bool:
    return one is not None and other is not None and not torch.equal(one.cpu(), other.cpu())


def _on_cpu(a: Settings) -> Iterator[Trial]:
    for count in sorted({1, 2, 4, os.cpu_count() or 1}):
        yield Trial("threads", str(count), {**a, "threads": count})
    yield from _switched(a, "mkldnn_enabled")
    yield from _in_precisions(a, "mkldnn.")
    yield from _capped(a)
    yield from _switched(a, "flush_denormal")


def _capped(a: Settings) -> Iterator[Trial]:
    """Only with instructions that this processor has: a cap above it ends a process."""
    has_avx512 = torch.cpu._is_avx512_supported()  # noqa: SLF001 - of the processor, whatever this process may use
    if not has_avx512 and not torch.cpu._is_avx2_supported():  # noqa: SLF001
        return
    caps = {
        "ATEN_CPU_CAPABILITY": ("default", "avx2", "avx512")[: 2 + has_avx512],
        "ONEDNN_MAX_CPU_ISA": ("AVX2", "AVX512_CORE")[: 1 + has_avx512],
    }
    for variable, known in caps.items():
        now = starting_variables(a).get(variable, known[-1])
        for cap in known:
            if cap.lower() != now.lower():
                yield Trial(variable, cap, {**a, variable: cap})


def _on_accelerators(a: Settings) -> Iterator[Trial]:
    yield from _in_precisions(a, "cuda.", "cudnn.")
    for name in ("cudnn_benchmark", "cudnn_deterministic", "cudnn_enabled"):
        yield from _switched(a, name)


def _everywhere(a: Settings) -> Iterator[Trial]:
    yield from _switched(a, "deterministic_algorithms")
    for dtype in _DTYPES:
        yield Trial("dtype", dtype, a, Change("dtype", dtype))
    for layout in ("contiguous", "channels_last"):
        yield Trial("layout", layout, a, Change("layout", layout))
    yield Trial("alignment", "one element further", a, Change("alignment", 1))


def _switched(a: Settings, name: str) -> Iterator[Trial]:
    yield Trial(name, said(not a[name]), {**a, name: not a[name]})


def _in_precisions(a: Settings, *libraries: str) -> Iterator[Trial]:
    for precision in _PRECISIONS:
        if precision == "bf16" and "mkldnn." not in libraries:
            continue
        places = {place: precision if place.startswith(libraries) else old for place, old in _precisions(a).items()}
        yield Trial("float32_precision", precision, {**a, "float32_precision": places})


def _precisions(a: Settings) -> dict[str, str]:
    found: dict[str, str] = a["float32_precision"]
    return found
