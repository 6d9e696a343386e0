"""Layers that a checkpoint did not have run with the random weights that they were made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import ReferenceType, WeakKeyDictionary, WeakSet, ref

from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import Ended, ModuleBegins, StateLoaded, StepDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import Storage, block_of, storage_of
from retorch.checks.rules.saving._misnamed import explain, shapes_of
from retorch.checks.rules.saving._parts_of_a_checkpoint import first_values
from retorch.lines import Site

_MARKED = 64  # values of a parameter, by which it is known again


@dataclass(eq=False)
class _Fresh:
    """A parameter that was not in the state, as it was then."""

    name: str
    module: ReferenceType[nn.Module]
    mark: tuple[float, ...]
    version: int
    ran: bool = False

    @property
    def parameter(self) -> Tensor | None:
        # torch does not swap the parameters of a module while somebody holds weak references to them.
        module = self.module()
        return None if module is None else module._parameters.get(self.name.rpartition(".")[2])  # noqa: SLF001

    @property
    def is_written(self) -> bool:
        parameter = self.parameter
        return parameter is not None and parameter._version != self.version  # noqa: SLF001

    @property
    def is_the_same(self) -> bool:
        """Tell whether the values are the same; of one that is gone, they were when it was written last."""
        parameter = self.parameter
        return parameter is None or _mark(parameter) == self.mark


@dataclass(eq=False)
class _Load:
    site: Site
    model: str
    loaded: int
    fresh: list[_Fresh]


class LayersLeftAsInitialised(Rule):
    """After `load_state_dict(state, strict=False)` layers that were not in the state run untrained to the end.

    Why it matters: the missing names are returned, not raised. A renamed layer keeps its random weights, and the model
    predicts noise, or trains on top of a random part that is frozen.

    When it is fine: a new head that is trained afterwards is not reported. Random features that are meant to stay, and
    adapters that begin as zero and are not trained in this run, may be allowed.

    Wrong: `model.load_state_dict(state, strict=False)` and then an evaluation, where the state says `fc.weight` and the
    model `head.weight`.

    Right: load strictly; or compare what `load_state_dict` returns with the names that you expect to be missing.

    Reported: https://github.com/pytorch/pytorch/issues/141256, https://github.com/pytorch/examples/issues/1029
    """

    name = "layers-left-as-initialised"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._loads: list[_Load] = []
        self._waiting: WeakKeyDictionary[nn.Module, list[_Fresh]] = WeakKeyDictionary()
        self._filled: dict[int, Storage] = {}  # the memory of parameters that were loaded or trained
        self._learnt: WeakSet[Optimizer] = WeakSet()

    @sees(StateLoaded)
    def remember(self, seen: StateLoaded) -> None:
        """Remember the parameters that a state did not have, and those that it had."""
        owner = seen.owner
        if not isinstance(owner, nn.Module):
            return
        self._forget_the_written()
        for name, parameter in owner.named_parameters():
            if name not in seen.missing:
                self._fill(parameter)
        if seen.strict or not seen.missing or not seen.state:
            return
        if explain(shapes_of(owner), seen.state):  # another rule says so
            return
        fresh = [each for prefix, module in owner.named_modules() for each in self._fresh_in(prefix, module, seen)]
        if fresh:
            loaded = sum(name not in seen.unexpected for name in seen.state)
            self._loads.append(_Load(seen.site, type(owner).__name__, loaded, fresh))

    @sees(ModuleBegins)
    def follow(self, seen: ModuleBegins) -> None:
        """Take note of which of them are used."""
        if self._waiting:
            for fresh in self._waiting.pop(seen.module, ()):
                fresh.ran = True

    @sees(StepDone)
    def learn(self, seen: StepDone) -> None:
        """Take note of what is trained."""
        self._forget_the_written()
        if seen.optimizer not in self._learnt:
            self._learnt.add(seen.optimizer)
            for parameter in held_by(seen.optimizer):
                self._fill(parameter)

    @sees(Ended)
    def judge(self, seen: Ended) -> Iterator[Finding]:  # noqa: ARG002
        """Judge those that were used and never written."""
        for load in self._loads:
            left = [fresh.name for fresh in load.fresh if fresh.ran and not fresh.is_written and fresh.is_the_same]
            if left:
                yield self.finding(
                    load.site,
                    "layers that the state did not have ran with the random weights that they were made with",
                    evidence=f"{load.loaded} names were loaded into {load.model}; "
                    f"{', '.join(left[:3])}{' ...' if len(left) > 3 else ''} were missing and never changed",
                    remedy="load with strict=True, or rename the entries of the state so that they fit",
                )

    def _forget_the_written(self) -> None:
        """Forget those that are trained or loaded after all, while they can be looked at."""
        for load in self._loads:
            load.fresh = [fresh for fresh in load.fresh if not fresh.is_written]

    def _fill(self, parameter: Tensor) -> None:
        memory = storage_of(parameter)
        if memory is not None:
            self._filled[memory.block] = memory

    def _is_filled(self, parameter: Tensor) -> bool:
        memory = self._filled.get(block_of(parameter) or 0)
        return memory is not None and not memory.is_gone

    def _fresh_in(self, prefix: str, module: nn.Module, seen: StateLoaded) -> list[_Fresh]:
        own = {f"{prefix}.{name}".lstrip("."): value for name, value in module.named_parameters(recurse=False)}
        lacking = {
            name: value
            for name, value in own.items()
            if name in seen.missing and not self._is_filled(value) and _is_random(value)
        }
        # An adapter such as LoRA begins with a matrix of zeros: it changes nothing until it is trained.
        if not lacking or any(value.dim() > 1 and not value.any() for value in own.values()):
            return []
        fresh = [_Fresh(name, ref(module), _mark(value), value._version) for name, value in lacking.items()]  # noqa: SLF001
        self._waiting[module] = fresh
        return fresh


def _is_random(parameter: Tensor) -> bool:
    """Tell ones and zeros, which layers begin with on purpose, from weights that were drawn."""
    return len(set(_mark(parameter))) > 1


def _mark(parameter: Tensor) -> tuple[float, ...]:
    return first_values(parameter, _MARKED)
