"""`changed_lines`: in which files, and on which lines, the sources of two runs differ."""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePath
from typing import Literal

Kind = Literal["changed", "formatting", "only in a", "only in b"]

_Place = tuple[int, int, int, int]  # in A the first line and the one behind the last, counted from 0; in B likewise

# A renamed script has to resemble the other one at least this much, as difflib counts it.
_ALIKE = 0.5
_LONGEST_COMPARED = 5_000  # lines; difflib is quadratic at worst
_MOST_TRIED = 40


@dataclass(frozen=True, slots=True)
class Hunk:
    """Some lines of a file that stand otherwise in the other one.

    Attributes:
        a_line, b_line: the number of the first line on each side, from 1; where one side has none, that of the line
            before which they would stand.
        a, b: the lines, without their ends.
        matters: False where only comments, blank lines or formatting differ.
    """

    a_line: int
    b_line: int
    a: tuple[str, ...]
    b: tuple[str, ...]
    matters: bool = True


@dataclass(frozen=True, slots=True)
class FileChange:
    """A source file that differs between two runs.

    Attributes:
        kind: "changed"; "formatting" where Python reads the same program in both, but for comments and docstrings;
            or that only one of the runs has it.
        a, b: its path in each run; None where that run has none.
        hunks: where they differ, in order.
    """

    kind: Kind
    a: str | None
    b: str | None
    hunks: tuple[Hunk, ...] = ()

    @property
    def matters(self) -> bool:
        """Whether the change can change what the run computes."""
        return self.kind != "formatting"

    def covers(self, line: int, *, of_b: bool = False) -> bool:
        """Tell whether a line of A's file, or of B's, is one of those that changed and matter."""
        for hunk in self.hunks:
            first, lines = (hunk.b_line, hunk.b) if of_b else (hunk.a_line, hunk.a)
            if hunk.matters and first <= line < first + len(lines):
                return True
        return False


def changed_lines(
    a: Mapping[str, str], b: Mapping[str, str], scripts: tuple[str | None, str | None] = (None, None)
) -> tuple[FileChange, ...]:
    r"""Compare the sources of two runs, file by file; those come first whose change matters.

    A file is compared with the one of the same path. Where the runs lie in different folders, it is the one with the
    longest common end of its path. The two scripts belong together, whatever their names; of what is left, so do
    files with nearly the same text.

    Args:
        a: absolute path to text, as `retorch.runs.read_sources` gives it.
        b: likewise.
        scripts: the files that Python was started with, where they are known.

    >>> [change] = changed_lines({"/x/train.py": "lr = 1\nn = 2\n"}, {"/y/train.py": "lr = 3\nn = 2\n"})
    >>> change.kind, change.hunks[0].a, change.hunks[0].b
    ('changed', ('lr = 1',), ('lr = 3',))
    """
    pairs = _pairs(a, b, scripts)
    changes = [_compared(file, other, a[file], b[other]) for file, other in pairs]
    found = [change for change in changes if change is not None]
    taken_a, taken_b = {file for file, _ in pairs}, {other for _, other in pairs}
    found += [FileChange("only in a", file, None) for file in a if file not in taken_a]
    found += [FileChange("only in b", None, file) for file in b if file not in taken_b]
    return tuple(sorted(found, key=lambda change: (_RANK[change.kind], {change.a, change.b}.isdisjoint(scripts))))


_RANK: dict[Kind, int] = {"changed": 0, "only in a": 1, "only in b": 1, "formatting": 2}


def imported_modules(sources: Mapping[str, str]) -> frozenset[str]:
    r"""Return the top names of all modules that these sources import, wherever in the text they do.

    >>> sorted(imported_modules({"a.py": "import torch.nn as nn, sys\ndef f():\n    from sklearn import svm\n"}))
    ['sklearn', 'sys', 'torch']
    """
    names: set[str] = set()
    for text in sources.values():
        for node in ast.walk(_parsed(text) or ast.Module([], [])):
            if isinstance(node, ast.Import):
                names |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return frozenset(names)


def _pairs(a: Mapping[str, str], b: Mapping[str, str], scripts: tuple[str | None, str | None]) -> list[tuple[str, str]]:
    """Find which file of A is which file of B."""
    left, right = list(a), list(b)
    pairs: list[tuple[str, str]] = []
    candidates = (
        [(file, file) for file in a if file in b],
        [(first, second) for first, second in [scripts] if first is not None and second is not None],
        _by_common_end(a, b),
        _by_text(a, b, left, right),
    )
    for found in candidates:
        for file, other in found:
            if file in left and other in right:
                pairs.append((file, other))
                left.remove(file)
                right.remove(other)
    return pairs


def _by_common_end(a: Mapping[str, str], b: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pair files of one name, those first whose paths have the longest common end."""
    found = [
        (_common_end(file, other), file, other)
        for file in a
        for other in b
        if PurePath(file).name == PurePath(other).name
    ]
    return [(file, other) for _, file, other in sorted(found, key=lambda one: -one[0])]


def _common_end(file: str, other: str) -> int:
    parts = zip(reversed(PurePath(file).parts), reversed(PurePath(other).parts), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], parts))


def _by_text(
    a: Mapping[str, str], b: Mapping[str, str], left: Sequence[str], right: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Pair what is left by its text, the most alike first; `left` and `right` shrink before this is asked."""
    found = [(_likeness(a[file], b[other]), file, other) for file in left for other in right]
    for likeness, file, other in sorted(found, key=lambda one: -one[0]):
        if likeness >= _ALIKE:
            yield file, other


def _likeness(text: str, other: str) -> float:
    return difflib.SequenceMatcher(None, _lines(text), _lines(other), autojunk=False).ratio()


def _compared(file: str, other: str, text: str, other_text: str) -> FileChange | None:
    if text == other_text:
        return None
    a, b, places = _lines(text), _lines(other_text), _places(_lines(text), _lines(other_text))
    program = _program(text)
    matters = program is None or program != _program(other_text)
    # Beyond so many it is another program in any case, and each one costs reading the whole file.
    tried = matters and program is not None and len(places) <= _MOST_TRIED
    hunks = tuple(_hunk(a, b, place, matters=_alone(a, b, place) != program if tried else matters) for place in places)
    return FileChange("changed" if matters else "formatting", file, other, hunks)


def _lines(text: str) -> list[str]:
    # As Python counts them: `splitlines` ends a line at a form feed, too.
    return text.removesuffix("\n").split("\n")


def _places(a: list[str], b: list[str]) -> list[_Place]:
    quickly = max(len(a), len(b)) > _LONGEST_COMPARED
    operations = difflib.SequenceMatcher(None, a, b, autojunk=quickly).get_opcodes()
    return [(first, last, b_first, b_last) for tag, first, last, b_first, b_last in operations if tag != "equal"]


def _hunk(a: list[str], b: list[str], place: _Place, *, matters: bool) -> Hunk:
    first, last, b_first, b_last = place
    return Hunk(first + 1, b_first + 1, tuple(a[first:last]), tuple(b[b_first:b_last]), matters)


def _alone(a: list[str], b: list[str], place: _Place) -> str | None:
    """Return the program that A's file would be with this one change."""
    first, last, b_first, b_last = place
    return _program("\n".join([*a[:first], *b[b_first:b_last], *a[last:]]))


def _program(text: str) -> str | None:
    """Return what Python reads in a text, without comments, formatting and docstrings; None where it cannot read it."""
    tree = _parsed(text)
    if tree is None:
        return None
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "\d" in the user's texts
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
