"""`Rule`: one silent mistake. A rule lives in a file of its own in `rules/`, and its docstring is its page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, NamedTuple, TypeVar

from retorch.checks._finding import Finding, Grade
from retorch.checks._observations import Observation
from retorch.checks._scene import Scene
from retorch.lines import Site

Look = Callable[[Any, Any], Iterable[Finding] | None]

_Method = TypeVar("_Method", bound=Look)


class LookAt(NamedTuple):
    """What a rule looks at.

    Attributes:
        kind: of observation.
        method: the name of the method that looks at it.
        closely: whether only while operations are watched, see `Attention`.
        always: whether also while the rule rests.
    """

    kind: type[Observation]
    method: str
    closely: bool
    always: bool


def sees(*kinds: type[Observation], closely: bool = False, always: bool = False) -> Callable[[_Method], _Method]:
    """Mark the method of a rule that looks at observations of some kinds.

    Args:
        kinds: of observation.
        closely: whether it wants them only while operations are watched, in the first steps; later steps then cost
            nothing.
        always: whether it wants them also while the rule rests.
    """

    def mark(method: _Method) -> _Method:
        method.__dict__["sees"] = kinds
        method.__dict__["closely"] = closely
        method.__dict__["always"] = always
        return method

    return mark


class Rule:
    """One silent mistake: what it looks at, and how it judges.

    A rule decides on evidence of behaviour, never on names or on the text of the source. It is made anew for each
    checked piece of code, so that it may remember things; what it remembers of the user's objects are weak references
    and plain facts.

    The docstring of a rule is its page. It has the parts "Why it matters", "When it is fine", "Wrong", "Right" and,
    where there is one, "Reported", a public thread in which somebody met it.

    Attributes:
        name: the mistake, as a phrase that follows the word "allow": "allow training-in-eval-mode".
        grade: see `Finding`.
        rests: whether it judges each step by the few before it, and need not look while a loop goes on as it went.
        scene: what is known of the training so far.
    """

    name: ClassVar[str]
    grade: ClassVar[Grade]
    rests: ClassVar[bool] = False

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def finding(self, site: Site, message: str, *, evidence: str, remedy: str) -> Finding:
        """Make a finding of this rule at a line."""
        return Finding(
            self.name, self.grade, site.file, site.line, site.text, self.scene.step, message, evidence, remedy
        )  # fmt: skip

    def looks(self) -> Iterator[LookAt]:
        """Yield what the rule wants to see, and with which method."""
        for name, method in inspect.getmembers(type(self), inspect.isfunction):
            for kind in method.__dict__.get("sees", ()):
                yield LookAt(kind, name, method.__dict__["closely"], method.__dict__["always"])

    def is_settled(self) -> bool:
        """Tell whether it may rest now: nothing that it waits for is under way."""
        return True

    def look_away(self) -> None:
        """Forget what may be otherwise when it looks again; steps are done meanwhile of which it is not told."""

    @classmethod
    def page(cls) -> str:
        """Return the page of the rule: its docstring, with the indentation taken off."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def summary(cls) -> str:
        """Return the first paragraph of the page, in one line."""
        return " ".join(cls.page().partition("\n\n")[0].split())

    @classmethod
    def part(cls, name: str) -> str:
        """Return a part of the page, such as "Why it matters", in one line; "" where the page does not have it."""
        _, _, rest = cls.page().partition(f"\n{name}:")
        return " ".join(rest.partition("\n\n")[0].split())
