"""What the text and the page both say: the verdict in one sentence, places, sizes, letters of the runs."""

from __future__ import annotations

from retorch.comparison._difference import Comparison, First, Line, Phase
from retorch.replay import Size

_WHERE: dict[Phase, str] = {
    "start": "",
    "data": "in the data",
    "forward": "in the forward pass",
    "backward": "in the backward pass",
    "optimizer": "in the optimizer's step",
    "validation": "in validation",
}

Modules = tuple[tuple[str, str, bool | None], ...]

GIVES = {"a": "A", "b": "B", "both": "both", "neither": "neither", "failed": "failed"}
"""Whose bits an experiment gave, as a reader calls the runs."""


def verdict(comparison: Comparison) -> str:
    """Say in one sentence whether the runs agree, and where they part if they do not.

    Steps and epochs carry the numbers that `run.step` and `run.epoch` had.
    """
    if comparison.difference is not None:
        return parting(comparison.difference.first)
    if not comparison.compared_steps:
        return "Nothing could be compared: no step was recorded by both runs."
    if comparison.a.steps == comparison.b.steps:
        return f"The runs agree over {counted(comparison.compared_steps, 'step')}."
    return f"The runs agree over the {counted(comparison.compared_steps, 'step')} that both recorded."


def parting(first: First) -> str:
    """Say in one sentence where two runs part."""
    if first.phase == "start":
        return f"They part before the first step{_about(first)}."
    near, seen = ("at", "") if first.exact else ("at or shortly before" if first.step else "at", "first seen ")
    where = f"{seen}{_WHERE[first.phase]}{_module(first)}{_about(first)}"
    return f"They part {near} step {first.step:,} (epoch {first.epoch:,}), {where}."


def is_compared(comparison: Comparison) -> bool:
    """Return whether there was anything to compare; without it neither "agree" nor "differ" is true."""
    return comparison.difference is not None or comparison.compared_steps > 0


def numbers(first: First) -> str:
    """Say which numbers of the user's own program name the step."""
    if first.phase == "start":
        return "before step 0"
    return f"run.step {first.step:,}, run.epoch {first.epoch:,}; both count from 0"


def place(line: Line) -> str:
    """Return file and line as a terminal or an editor can follow it."""
    return printable(f"{line.file}:{line.line}")


def extent(size: Size) -> str:
    """Say how many elements differ and by how much.

    >>> extent(Size(4096, 32, max_ulp=1, max_abs=2**-24))
    '32 of 4,096 elements differ (0.78%), by at most 1 ulp, 5.96e-08 absolute'
    """
    limits = [
        *([f"{size.max_ulp:,} ulp"] if size.max_ulp is not None else []),
        *([f"{size.max_abs:.3g} absolute"] if size.max_abs is not None else []),
    ]
    return _elements(size) + (f", by at most {', '.join(limits)}" if limits and size.different else "")


def operation(first: First) -> str | None:
    """Say what was computed where they part, None where that is not known."""
    if first.operation is None:
        return None
    if first.other_operation is not None:
        return printable(f"A did {first.operation}, B did {first.other_operation}")
    told = printable(first.operation)
    return f"{told}, from equal inputs" if first.exact and first.size is not None else told


def first_unequal(modules: Modules) -> str | None:
    """Return the first module with another output that holds no such module itself; None where all are equal."""
    unequal = [path for path, _, equal in modules if equal is False]
    holders = {path[:dot] for path in unequal for dot in range(len(path)) if path[dot] == "."}
    return next((path for path in unequal if path not in holders), None)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "step"), counted(1350, "step")
    ('1 step', '1,350 steps')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """Return a text with a point at its end, on one line."""
    text = printable(" ".join(text.split()))
    return text if text.endswith((".", "?", "!")) else f"{text}."


def printable(text: str) -> str:
    r"""Spell out what does not print: a file or a source line must not move a terminal's cursor.

    >>> printable("a\x1b[2J")
    'a\\x1b[2J'
    """
    signs = text.expandtabs(4)
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in signs)


def _module(first: First) -> str:
    if not first.module or first.phase in ("data", "optimizer"):
        return ""
    return f"{', in' if first.phase == 'validation' else ' of'} {printable(first.module)}"


def _about(first: First) -> str:
    return f": {printable(first.detail.rstrip('.'))}" if first.detail else ""


def _elements(size: Size) -> str:
    if not size.different:
        return f"all {counted(size.elements, 'element')} are equal" if size.elements else "no elements"
    if size.different == size.elements:
        return "its only element differs" if size.elements == 1 else f"all {size.elements:,} elements differ"
    verb = "differs" if size.different == 1 else "differ"
    return f"{size.different:,} of {size.elements:,} elements {verb} ({_percent(size.share)})"


def _percent(share: float) -> str:
    """Two digits that matter, and never 0 or 100 for what is neither."""
    if share > 0.99:
        return "over 99%"
    return f"{100 * share:.2g}%" if share >= 0.0001 else "under 0.01%"
