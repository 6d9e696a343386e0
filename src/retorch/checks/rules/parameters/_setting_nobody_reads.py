"""A setting of an optimizer, written to where the optimizer does not look for it."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, OptimizerAttributeSet, OptimizerMade, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.lines import Site, user_frame

_STEPS = 2


@dataclass(slots=True)
class _Set:
    """A setting that was written beside the groups.

    Attributes:
        where: `optimizer.lr` or `optimizer.defaults["lr"]`, in the words of the finding.
        name: of the setting.
        value: what was written.
        groups: what the groups have instead.
        site: the line.
        steps: how many steps there were since, with the groups as they were.
    """

    where: str
    name: str
    value: Any
    groups: tuple[Any, ...]
    site: Site
    steps: int = 0


class SettingThatNobodyReads(Rule):
    """A setting is written onto the optimizer or into its defaults; each step reads those of the groups, and no other.

    Why it matters: the learning rate that the code lowers stays as it was, without a word.

    When it is fine: a note for the code around it. Nothing is reported of optimizers that are not torch's own, where
    the groups follow with the value, or anything else moves them, or where a group is added for which the defaults are.

    Wrong: `optimizer.lr = 1e-4`, or `optimizer.defaults["lr"] = 1e-4`.

    Right: `for group in optimizer.param_groups: group["lr"] = 1e-4`, or a scheduler.
    """

    name = "setting-that-nobody-reads"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._defaults: WeakKeyDictionary[Optimizer, dict[str, Any]] = WeakKeyDictionary()
        self._open: WeakKeyDictionary[Optimizer, dict[str, _Set]] = WeakKeyDictionary()
        self._done: list[_Set] = []

    @sees(OptimizerAttributeSet)
    def remember(self, seen: OptimizerAttributeSet) -> None:
        """Remember an attribute with the name of a setting."""
        if _is_of_torch(seen.optimizer) and not hasattr(type(seen.optimizer), seen.name):
            self._note(seen.optimizer, f".{seen.name}", seen.name, seen.value, seen.site)

    @sees(OptimizerMade)
    def remember_defaults(self, seen: OptimizerMade) -> None:
        """Remember what an optimizer was built with."""
        if _is_of_torch(seen.optimizer):
            self._defaults[seen.optimizer] = dict(seen.optimizer.defaults)

    @sees(StepBegins)
    def compare(self, seen: StepBegins) -> None:
        """Look whether the groups follow what was written beside them."""
        optimizer = seen.optimizer
        before, defaults = self._defaults.get(optimizer), optimizer.defaults
        if before is not None and before != defaults:
            self._defaults[optimizer], now = dict(defaults), _numbers(defaults)
            for name in (name for name in now if now[name] != before.get(name)):
                site = _line_of(name, user_frame()) or seen.site
                self._note(optimizer, f'.defaults["{name}"]', name, now[name], site)
        if self._done:
            self._count(optimizer, self._open.get(optimizer, {}))

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end: the groups may follow later."""
        for each in self._done:
            if each.steps >= _STEPS:
                values = ", ".join(map(str, dict.fromkeys(each.groups)))
                yield self.finding(
                    each.site,
                    f"this changes nothing: the optimizer reads {each.name} from its groups",
                    evidence=f"{each.where} was set to {each.value}; {each.name} of its groups was {values} in "
                    f"{each.steps} steps after it",
                    remedy=f'for group in optimizer.param_groups: group["{each.name}"] = {each.value}',
                )

    def _note(self, optimizer: Optimizer, where: str, name: str, value: Any, site: Site) -> None:
        groups = _of_groups(optimizer, name)
        noted = self._open.setdefault(optimizer, {})
        if not _is_number(value) or all(value == each for each in groups):
            noted.pop(where, None)  # the end of a warm-up, perhaps: what was seen before stands
        elif where in noted and noted[where].site == site:
            noted[where].value = value
        else:
            noted[where] = _Set(f"{type(optimizer).__name__}{where}", name, value, groups, site)
            self._done.append(noted[where])

    def _count(self, optimizer: Optimizer, noted: dict[str, _Set]) -> None:
        for where, each in tuple(noted.items()):
            if _of_groups(optimizer, each.name) == each.groups:
                each.steps += 1
            else:
                del noted[where]
                self._done = [other for other in self._done if other is not each]


def _is_of_torch(optimizer: Optimizer) -> bool:
    return type(optimizer).__module__.startswith("torch.optim")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _numbers(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if _is_number(value)}


def _of_groups(optimizer: Optimizer, name: str) -> tuple[Any, ...]:
    found = (group.get(name) for group in optimizer.param_groups)
    return tuple(value if _is_number(value) else None for value in found)


def _line_of(name: str, frame: FrameType | None) -> Site | None:
    """Return the line that writes a default, read from the source of the running code and of what lies beside it."""
    files = []
    while (frame := user_frame(frame) if frame is not None else None) is not None:
        files.append(frame.f_code.co_filename)
        frame = frame.f_back
    folders = {Path(file).parent for file in files}
    loaded = [str(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())]
    files += [file for file in loaded if file and Path(file).parent in folders]
    for file in dict.fromkeys(files):
        if (line := _writing(file, name, len(linecache.getlines(file)))) is not None:
            text = linecache.getline(file, line).strip()
            return Site(file, line, "", text, text)
    return None


@lru_cache(maxsize=64)
def _writing(file: str, name: str, _length: int) -> int | None:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return None
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt) and _writes(node, name)]
    return min(lines, default=None)


def _writes(node: ast.stmt, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return any(
        isinstance(target, ast.Subscript)
        and isinstance(target.value, ast.Attribute)
        and target.value.attr == "defaults"
        and isinstance(target.slice, ast.Constant)
        and target.slice.value == name
        for target in targets
    )
