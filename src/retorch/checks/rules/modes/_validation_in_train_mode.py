"""Validation with dropout active and batch norm averaging."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, ref

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    BackwardBegins,
    BackwardDone,
    Ended,
    FileLoaded,
    LoaderBegins,
    LoaderEnded,
    ModeSet,
    ModuleBegins,
    ModuleDone,
    OperationDone,
    StateLoaded,
    StepDone,
)
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import listed
from retorch.checks.rules.modes._calls import Call, Uses, numbers_behind
from retorch.checks.rules.modes._dependent import Dependents
from retorch.checks.rules.modes._sampling import Sampling
from retorch.checks.rules.modes._thrown_away import thrown_away
from retorch.lines import Site

# So many steps later no backward comes back to a call: the weights have changed behind it.
_STEPS_TO_WAIT = 2


class ValidationInTrainMode(Rule):
    """A model that is trained is validated or tested in train mode.

    Why it matters: dropout makes the result random and too bad; batch norm normalizes each batch by itself, so the
    result depends on how the data are divided into batches, and it takes the validation data into its running
    statistics.

    When it is fine: Monte Carlo dropout, statistics that are averaged anew, outputs that serve as targets of the
    training. Where outputs are compared with nothing, or are asked for three times and more, this check is silent.

    Wrong: `with torch.no_grad(): outputs = model(inputs)` after a training epoch, without `model.eval()`.

    Right: `model.eval()` before the validation, `model.train()` after it; or `with retorch.evaluating(model):`.

    Reported: https://github.com/wolny/pytorch-3dunet/issues/53
    """

    name = "validation-in-train-mode"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._backwards = 0
        # The line of `train()`, and how many backward passes there had been.
        self._set_at: WeakKeyDictionary[nn.Module, tuple[Site, int]] = WeakKeyDictionary()
        # Those that ran in eval mode since the last backward: `train()` ends their validation.
        self._evaluated: WeakSet[nn.Module] = WeakSet()
        self._loaded: WeakSet[nn.Module] = WeakSet()
        self._dependents = Dependents()
        # With gradients a closure asks several times too.
        self._sampling = {grad_enabled: Sampling(scene) for grad_enabled in (False, True)}
        self._uses = Uses()
        self._pending: list[Call] = []
        # Of each pass over a loader: one call a model and mode, as long as there is no backward.
        self._passes: WeakKeyDictionary[Any, list[Call] | None] = WeakKeyDictionary()
        self._walked: list[Call] = []
        # Lines whose outputs the training learned from while it was watched.
        self._teaching: set[Site] = set()
        self._learns_within_passes = False

    @sees(ModeSet)
    def remember(self, seen: ModeSet) -> None:
        """Remember which line put a module into train mode."""
        if seen.training and seen.module not in self._evaluated:
            self._set_at[seen.module] = (seen.site, self._backwards)

    @sees(StateLoaded)
    def remember_loaded(self, seen: StateLoaded) -> None:
        """Remember a model whose weights come from a training elsewhere."""
        if isinstance(seen.owner, nn.Module):
            self._loaded.add(seen.owner)

    @sees(FileLoaded)
    def remember_pickled(self, seen: FileLoaded) -> None:
        """Remember a whole model out of a file."""
        if isinstance(seen.value, nn.Module):
            self._loaded.add(seen.value)

    @sees(ModuleBegins)
    def begin(self, seen: ModuleBegins) -> None:
        """Note a call that may be validation."""
        if seen.depth:
            return
        self._settle_walked()
        module = seen.module
        if next(module.parameters(), None) is None:
            return
        call = self._follow_call(seen) if module.training else None
        if not module.training:
            self._evaluated.add(module)
        if self.scene.watches_operations:
            self._uses.begin(call, seen.args)

    def _follow_call(self, seen: ModuleBegins) -> Call | None:
        passes = [calls for calls in self._passes.values() if calls is not None and not _knows(calls, seen)]
        watches = self.scene.watches_operations and (not seen.grad_enabled or self._backwards > 0)
        if not (passes or watches) or not self._is_trained(seen.module):
            return None
        self._sampling[seen.grad_enabled].notice(seen)
        call = self._new_call(seen)
        for calls in passes:
            calls.append(call)
        if not watches:
            return None
        self._pending.append(call)
        return call

    @sees(ModuleDone)
    def end(self, seen: ModuleDone) -> None:
        """Follow the output of such a call."""
        if seen.depth == 0:
            self._uses.end(seen.output)

    @sees(OperationDone)
    def follow(self, seen: OperationDone) -> None:
        """See what becomes of the output."""
        self._dependents.notice(seen)
        for sampling in self._sampling.values():
            sampling.follow(seen)
        self._uses.follow(seen)

    @sees(BackwardBegins)
    def excuse(self, seen: BackwardBegins) -> None:
        """Let calls and passes be that a backward uses."""
        self._walked = []
        self._learns_within_passes |= any(self._passes.values())
        for loader in list(self._passes):
            self._passes[loader] = None
        recorded = [call for call in self._pending if call.nodes]
        if recorded:
            reached = numbers_behind(seen.roots, min(min(call.nodes) for call in recorded))
            self._pending = [call for call in self._pending if reached.isdisjoint(call.nodes)]

    @sees(BackwardDone)
    def judge(self, _: BackwardDone) -> Iterator[Finding]:
        """Judge what came before a step of training."""
        self._backwards += 1
        self._evaluated.clear()
        yield from self._settle(lambda call: not call.grad_enabled)

    @sees(StepDone)
    def judge_unused(self, _: StepDone) -> Iterator[Finding]:
        """Judge calls with gradients that no backward has come back to."""
        if self._pending:
            yield from self._settle(lambda call: call.grad_enabled and self.scene.step - call.step >= _STEPS_TO_WAIT)

    @sees(LoaderBegins)
    def start_pass(self, seen: LoaderBegins) -> None:
        """Note the beginning of a pass."""
        self._settle_walked()
        for sampling in self._sampling.values():
            sampling.notice_pass(seen.loader)
        self._passes[seen.loader] = []

    @sees(LoaderEnded)
    def end_pass(self, seen: LoaderEnded) -> None:
        """A pass without a backward is validation, unless one comes right now."""
        calls = self._passes.pop(seen.loader, None) or []
        for call in calls:
            call.is_in_whole_pass = True
        # Without gradients it may average the statistics of batch norm anew, if what it does is not watched.
        self._walked = [call for call in calls if call.grad_enabled or not (call.is_watched or call.averages)]

    @sees(Ended)
    def judge_rest(self, _: Ended) -> Iterator[Finding]:
        """Judge what no training came after."""
        self._settle_walked()
        # Who trains without any backward, by comparisons with changed weights, makes them in train mode.
        if not self._backwards:
            self._pending = [call for call in self._pending if call.is_loaded]
        yield from self._settle(lambda _: True)

    def _settle(self, is_over: Callable[[Call], bool]) -> Iterator[Finding]:
        over = [call for call in self._pending if is_over(call)]
        self._pending = [call for call in self._pending if not is_over(call)]
        self._teaching.update(call.site for call in over if call.is_learned_from)
        for call in over:
            if call.is_validation and call.site not in self._teaching and not call.asked.is_sampled:
                yield self._found(call)

    def _settle_walked(self) -> None:
        walked, self._walked = self._walked, []
        for call in walked:
            # Who takes one gradient of a whole pass, or of several, has no backward within them either.
            call.is_walked = self._learns_within_passes if call.grad_enabled else self._backwards > 0
            if call not in self._pending:
                self._pending.append(call)

    def _found(self, call: Call) -> Finding:
        what = "it ran over a whole loader" if call.is_walked else f"its outputs were {call.use}"
        learning = "no backward() followed" if call.grad_enabled else "gradients were off"
        return self.finding(
            call.site,
            f"{call.asked.kind} is validated in train mode",
            evidence=f"{what} and {learning}, so this was no training; but {call.parts} behaved as in training",
            remedy="model.eval() before the validation, and model.train() after it",
        )

    def _new_call(self, seen: ModuleBegins) -> Call:
        module = seen.module
        parts = list(self._dependents.inside(module, training=True))
        return Call(
            ref(module), self._sampling[seen.grad_enabled].of(module),
            parts=listed(sorted({type(part).__name__ for part in parts})),
            averages=any(isinstance(part, _NormBase) for part in parts),
            site=self._line(seen), step=self.scene.step, is_loaded=module in self._loaded,
            grad_enabled=seen.grad_enabled, is_watched=self.scene.watches_operations,
        )  # fmt: skip

    def _is_trained(self, module: nn.Module) -> bool:
        if next(self._dependents.inside(module, training=True), None) is None:
            return False
        held = {id(each) for each in self.scene.held()}
        return module in self._loaded or any(each.requires_grad and id(each) in held for each in module.parameters())

    def _line(self, seen: ModuleBegins) -> Site:
        site, backwards = self._set_at.get(seen.module, (None, -1))
        # Put into train mode for this: then that is the mistake.
        if site and backwards == self._backwards and self._backwards:
            return site
        return thrown_away("eval") or seen.site


def _knows(calls: list[Call], seen: ModuleBegins) -> bool:
    return any(call.model() is seen.module and call.grad_enabled == seen.grad_enabled for call in calls)
