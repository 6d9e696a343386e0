"""Two optimizers write the same moments, because the one was loaded from the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import ReferenceType, ref

from torch import Tensor
from torch.optim import Optimizer
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._observations import StateLoaded, StateTaken, StepDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.lines import Site


@dataclass
class _Owned:
    """A tensor of an optimizer's state: whose, and how often it had been written when that was noted.

    One that was taken by `state_dict()` and kept is another mistake.
    """

    optimizer: ReferenceType[Optimizer]
    version: int
    is_taken: bool


@dataclass(eq=False)
class _Pair:
    """Two optimizers with the same tensors: who gave, who got, where, and which of them have stepped since."""

    giver: ReferenceType[Optimizer]
    getter: ReferenceType[Optimizer]
    site: Site
    stepped: set[int]


class OptimizersShareTheirState(Rule):
    """`optimizer.load_state_dict(state)` took the tensors of the state as they are, and another one writes them too.

    Why it matters: unlike a module, an optimizer copies nothing when it is loaded. After
    `second.load_state_dict(first.state_dict())` both write the same moments at each step. A checkpoint in memory that
    each fold begins from is changed by the training of the first one.

    When it is fine: where the first optimizer is not used any more, which is not reported; or for two optimizers of the
    same parameters in turns, which are to have one memory of the gradients.

    Wrong: `second.load_state_dict(first.state_dict())`, and steps of both. `for fold in folds:
    optimizer.load_state_dict(checkpoint["optimizer"])`.

    Right: `second.load_state_dict(copy.deepcopy(first.state_dict()))`.

    Reported: https://github.com/pytorch/pytorch/issues/196083
    """

    name = "optimizers-share-their-state"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._owned: WeakIdKeyDictionary = WeakIdKeyDictionary()
        self._pairs: list[_Pair] = []

    @sees(StateTaken)
    def take(self, seen: StateTaken) -> None:
        """Note whose tensors a state holds, as they are now."""
        if isinstance(seen.owner, Optimizer):
            self._note(seen.state, seen.owner, is_taken=True)

    @sees(StateLoaded)
    def judge_load(self, seen: StateLoaded) -> Iterator[Finding]:
        """Judge tensors that another optimizer has, and those that were written since they were loaded first."""
        getter = seen.owner
        if not isinstance(getter, Optimizer):
            return
        held = {id(tensor) for tensor in _moments(getter)}
        shared = [tensor for tensor in _tensors_of(seen.state) if id(tensor) in held]
        known = [(tensor, owned) for tensor in shared if (owned := self._owned.get(tensor)) is not None]
        written = [
            tensor
            for tensor, owned in known
            if not owned.is_taken and tensor._version != owned.version  # noqa: SLF001
        ]
        if written:
            count = f"{len(written)} of {len(shared)} tensors in the state"
            yield self._found(seen.site, f"{count} were written by the training since they were loaded first")
        elif known and known[0][1].optimizer() not in (None, getter):
            self._pairs.append(_Pair(known[0][1].optimizer, ref(getter), seen.site, set()))
        self._note(seen.state, getter, is_taken=False)

    @sees(StepDone)
    def judge_step(self, seen: StepDone) -> Iterator[Finding]:
        """Judge two of them when both have made a step."""
        for pair in list(self._pairs):
            giver, getter = pair.giver(), pair.getter()
            if giver is None or getter is None:
                self._pairs.remove(pair)
            elif seen.optimizer is giver or seen.optimizer is getter:
                pair.stepped.add(id(seen.optimizer))
                if len(pair.stepped) > 1:
                    self._pairs.remove(pair)
                    common = {id(tensor) for tensor in _moments(giver)} & {id(tensor) for tensor in _moments(getter)}
                    if common:
                        yield self._found(
                            pair.site, f"two optimizers have made steps since, and {len(common)} tensors are in both"
                        )

    def _note(self, state: Mapping[str, Any], optimizer: Optimizer, *, is_taken: bool) -> None:
        for tensor in _tensors_of(state):
            self._owned[tensor] = _Owned(ref(optimizer), tensor._version, is_taken)  # noqa: SLF001

    def _found(self, site: Site, evidence: str) -> Finding:
        return self.finding(
            site,
            "this optimizer takes over the tensors of the state, and they are written elsewhere too",
            evidence=evidence,
            remedy="optimizer.load_state_dict(copy.deepcopy(state))",
        )


def _tensors_of(state: Mapping[str, Any]) -> Iterator[Tensor]:
    for values in state.get("state", {}).values():
        if isinstance(values, Mapping):
            yield from (value for value in values.values() if isinstance(value, Tensor))


def _moments(optimizer: Optimizer) -> Iterator[Tensor]:
    return _tensors_of({"state": optimizer.state})
