"""A module is loaded with its own weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from torch import nn

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, StateBegins, StateTaken
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks._writes import version
from retorch.checks.rules.aliases._kept_states import is_itself


@dataclass
class _Taking:
    """The last `state_dict()` of a module: where and when, and how often the weights had been written by then."""

    place: str
    step: int
    version: int
    is_used: bool = False


class LoadedFromItself(Rule):
    """`load_state_dict` was given the weights that the module has at this moment.

    Why it matters: nothing is loaded. A target network that is the network itself (`target = policy`) never lags
    behind. Where the entries of a file are first compared by name with those of the model, none of them had a name that
    fits, and the model keeps its random weights.

    When it is fine: with a flag that puts one network into both roles on purpose; allow it there. A state that was
    written in place and is given back is not reported.

    Wrong: `target = policy`, and later `target.load_state_dict(policy.state_dict())`. `own = model.state_dict()`,
    `own.update({name: value for name, value in saved.items() if name in own})`, where no name is in both.

    Right: `target = copy.deepcopy(policy)`; a look at how many names fit.

    Reported: https://github.com/thesouther/MARL/issues/8, https://github.com/datawhalechina/easy-rl/issues/140
    """

    name = "loaded-from-itself"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._newest: WeakKeyDictionary[nn.Module, _Taking] = WeakKeyDictionary()
        self._last_at: dict[str, _Taking] = {}
        self._found: dict[str, Finding] = {}
        # Lines whose states are kept while training goes on: that is another mistake.
        self._keeping: set[str] = set()

    @sees(StateTaken)
    def remember(self, seen: StateTaken) -> None:
        """Remember where a state was taken last."""
        if isinstance(seen.owner, nn.Module):
            taking = _Taking(seen.site.place, self.scene.step, _version_of(seen.owner))
            before = self._last_at.get(taking.place, taking)
            if not before.is_used and before.step != taking.step:
                self._keeping.add(taking.place)
            self._newest[seen.owner] = self._last_at[taking.place] = taking

    @sees(StateBegins)
    def judge(self, seen: StateBegins) -> Iterator[Finding]:
        """Judge a state that is taken and loaded with nothing in between."""
        owner = seen.owner
        taking = self._newest.get(owner) if isinstance(owner, nn.Module) else None
        if taking is None or not isinstance(owner, nn.Module) or not is_itself(owner, seen.state):
            return
        if taking.step != self.scene.step or taking.version != _version_of(owner):
            self._keeping.add(taking.place)
            return
        taking.is_used = True
        found = self.finding(
            seen.site,
            "this loads the module from itself, so that nothing changes",
            evidence=f"each tensor in the given state is the very memory of this {type(owner).__name__}",
            remedy="if two networks were meant, make the second a copy: target = copy.deepcopy(policy); "
            "if a file was meant, compare its names with those of the model",
        )
        if taking.place == seen.site.place:
            yield found
        else:
            self._found.setdefault(taking.place, found)

    @sees(Ended)
    def judge_lines(self, seen: Ended) -> Iterator[Finding]:  # noqa: ARG002
        """Judge what was taken at one line and loaded at another, and never kept."""
        yield from (found for place, found in self._found.items() if place not in self._keeping)


def _version_of(owner: nn.Module) -> int:
    return sum(version(parameter) for parameter in owner.parameters())
