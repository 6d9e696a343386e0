"""`Scene`: what is known of a training while it is watched: its optimizers, its models, how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from threading import get_ident
from typing import Any, TypeVar
from weakref import WeakSet

from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checks._attention import Attention, Phase, Stage
from retorch.checks._held import held_by
from retorch.checks._observations import (
    BackwardDone,
    ModeSet,
    ModuleBegins,
    Observation,
    OptimizerMade,
    StepBegins,
    StepDone,
)

_Shared = TypeVar("_Shared")


class Scene:
    """What every rule may ask. Kept up to date before a rule sees an observation; holds weak references only.

    Attributes:
        step: optimizer steps that are done, of all optimizers together.
        optimizers: those that were built or stepped.
        models: the modules that the user's code called outside of every other module.
        phase: of the last such call of a module with parameters: "training" with gradients recorded and the module in
            train mode, else "evaluation". A loss is in train mode for ever, and says nothing.
        calls: how many such calls there were in each phase.
        running: the modules whose forward is running, the outermost first.
        attention: how closely one looks now.
        give_up: ends the watching before its time, because of something that cannot be watched, and says so.
    """

    def __init__(self, steps: int = 3) -> None:
        self.attention = Attention(steps)
        self.running: list[nn.Module] = []
        self.step = 0
        self.optimizers: WeakSet[Optimizer] = WeakSet()
        self.models: WeakSet[nn.Module] = WeakSet()
        self.phase: Phase = "training"
        self.calls: dict[Phase, int] = {"training": 0, "evaluation": 0}
        self._by_hand = 0
        self.give_up: Callable[[str], None] = lambda _: None
        self._trackers: dict[Any, Any] = {}
        self._learning: WeakSet[nn.Module] = WeakSet()
        self._thread = 0
        self._follow: dict[type[Observation], Callable[[Any], None]] = {
            ModeSet: self.attention.note_mode,
            ModuleBegins: self._begins,
            OptimizerMade: self._made,
            StepBegins: self._knows,
            StepDone: self._stepped,
            BackwardDone: self._learned,
        }

    def shared(self, kind: Callable[[Scene], _Shared]) -> _Shared:
        """Return what several rules keep together, such as a ledger of gradients; made when it is asked for first."""
        if kind not in self._trackers:
            self._trackers[kind] = kind(self)
        found: _Shared = self._trackers[kind]
        return found

    def forget(self) -> None:
        """Hold not even a weak reference any more."""
        self._trackers.clear()
        self.optimizers.clear()
        self.models.clear()
        self._learning.clear()

    @property
    def watches_operations(self) -> bool:
        """Whether each call of torch is looked at now."""
        return self.attention.operations

    @property
    def follows(self) -> AbstractSet[type[Observation]]:
        """The kinds of observation that it takes note of."""
        return self._follow.keys()

    def follow(self, observation: Observation) -> None:
        """Take note of what happens, of one of the kinds that it follows."""
        self._follow[type(observation)](observation)

    def is_here(self) -> bool:
        """Tell whether this thread is the one that is watched."""
        return get_ident() == self._thread

    def arrive(self) -> None:
        """Be in this thread."""
        self._thread = get_ident()
        self.attention.look_again(self._stage, self._done)

    def leave(self) -> None:
        """Be nowhere from now on, after the end or in a forked process."""
        self._thread = 0
        self.attention.end()
        self.running.clear()

    def count_operation(self) -> None:
        """Take note that an operation was watched."""
        self.attention.count_operation(self._stage, self._done)

    @property
    def _stage(self) -> Stage:
        return self.phase if self._learning or self._by_hand or self.step else "preparation"

    @property
    def _done(self) -> int:
        """How many steps of this stage are done; without an optimizer each backward pass is one."""
        if self.phase == "evaluation":
            return self.calls["evaluation"] - 1
        return self.step if self.optimizers else self._by_hand

    def _begins(self, seen: ModuleBegins) -> None:
        if seen.depth:
            return
        module = seen.module
        self.models.add(module)
        if module in self._learning or self._learns(module):
            self.phase = "training" if seen.grad_enabled and module.training else "evaluation"
            self.calls[self.phase] += 1
            self.attention.call(seen, self._stage, self._done, self.step)

    def _learns(self, module: nn.Module) -> bool:
        learns = next(module.parameters(), None) is not None
        if learns:
            self._learning.add(module)
        return learns

    def _made(self, seen: OptimizerMade) -> None:
        self._knows(seen)
        self.attention.begin_anew(self.step)

    def _knows(self, seen: OptimizerMade | StepBegins) -> None:
        self.optimizers.add(seen.optimizer)

    def _learned(self, _: BackwardDone) -> None:
        if not self.optimizers:
            self._by_hand += 1
            self.attention.look_again(self._stage, self._done)

    def _stepped(self, _: StepDone) -> None:
        self.step += 1
        self.attention.look_again(self._stage, self._done)

    def held(self) -> Iterator[Tensor]:
        """Yield each parameter that a known optimizer holds."""
        for optimizer in self.optimizers:
            yield from held_by(optimizer)

    def parameters(self) -> list[Tensor]:
        """Return each parameter of known optimizers and models, once."""
        found = {id(parameter): parameter for parameter in self.held()}
        for model in self.models:
            found.update((id(parameter), parameter) for parameter in model.parameters())
        return list(found.values())

    def name(self, thing: Tensor | nn.Module) -> str:
        """Return what a model calls a parameter, a buffer or a module of it: "encoder.0.weight"; "" where none does."""
        for model in self.models:
            for name, part in _parts(model, thing):
                if part is thing:
                    return name or type(model).__name__
        return ""


def _parts(model: nn.Module, like: Tensor | nn.Module) -> Iterator[tuple[str, object]]:
    if isinstance(like, nn.Module):
        yield from model.named_modules()
    else:
        yield from model.named_parameters(remove_duplicate=False)
        yield from model.named_buffers(remove_duplicate=False)
