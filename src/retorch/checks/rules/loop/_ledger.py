"""`Ledger`: of which backward passes each gradient consists, and which of them a step has used.

One ledger serves all rules of a checked piece of code. It holds weak references and plain facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from weakref import ref

from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checks._held import held_by
from retorch.checks._observations import (
    BackwardBegins,
    BackwardDone,
    GradientsCleared,
    GradientsClipped,
    Observation,
    StepBegins,
    StepDone,
)
from retorch.checks._scene import Scene
from retorch.checks._writes import mark_of
from retorch.checks.rules.loop._entries import Account, Backward, Clearing, Gradient, Passes, Use, is_missing_or_zero
from retorch.lines import Site

# A gradient that nobody ever clears would grow a list without end.
_MOST = 64


class Ledger:
    """Follows gradients from backward to step; the same for every rule of a scene.

    Attributes:
        passes: how many backward passes there were, those of `torch.autograd.grad` included.
        backward: the last one that wrote gradients.
        wrote: the gradients that it wrote.
        clearing: the last `zero_grad`.
        is_in_backward: whether a backward pass has begun and not come to its end, perhaps because of an error.
        use: what the step that is just done has found; None inside of a backward pass or of another step.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = ref(scene)
        self._seen: ref[Observation] | None = None
        self._is_new = True
        self._gradients: dict[int, Gradient] = {}
        self._stepping: dict[int, Use] = {}
        self.is_in_backward = False
        self._accounts: dict[int, Account] = {}
        self._suspects: list[Account] = []
        self._idle: list[Account] = []
        self._counted = 0
        self.passes = 0
        self.backward: Backward | None = None
        self.use: Use | None = None
        self.wrote: list[Gradient] = []
        self.clearing: Clearing | None = None
        self._followed: set[tuple[str, int]] = set()

    @classmethod
    def of(cls, scene: Scene) -> Ledger:
        """Return the ledger of a scene."""
        return scene.shared(cls)

    def is_new(self) -> bool:
        """Tell whether somebody asks this for the first time."""
        is_new, self._is_new = self._is_new, False
        return is_new

    def follow(self, seen: Observation) -> None:
        """Take note of what happens; each rule hands it on, and only the first counts."""
        if self._seen is not None and self._seen() is seen:
            return
        self._seen = ref(seen)
        match seen:
            case BackwardBegins(accumulates=True):
                self._backward_begins(seen)
            case BackwardDone(accumulates=True):
                self._backward_done(seen)
            case BackwardBegins():
                self.passes += 1
            case GradientsCleared():
                self._cleared(seen)
            case GradientsClipped():
                self._clipped(seen)
            case StepBegins():
                self._step_begins(seen)
            case StepDone():
                self._step_done(seen)

    def is_settled(self) -> bool:
        """Tell whether every optimizer for which there were gradients has stepped."""
        return not any(account.passes and not account.steps for account in self._accounts.values())

    def look_away(self) -> None:
        """Forget gradients, passes and steps: there will be others of which nobody tells."""
        self._gradients.clear()
        self._stepping.clear()
        self._suspects.clear()
        self.is_in_backward = False
        self.backward = self.use = self.clearing = None
        self.wrote = []
        for account in self._accounts.values():
            account.last = account.newest = None

    @property
    def accounts(self) -> list[Account]:
        """Of every optimizer that lives, and of those that never stepped."""
        return [*self._accounts.values(), *self._idle]

    def account(self, optimizer: Optimizer) -> Account:
        """Return what is known of an optimizer."""
        number = id(optimizer)
        known = self._accounts.get(number)
        if known is None:
            self._counted += 1
            is_of_torch = type(optimizer).__module__.startswith("torch.optim.")
            reference = ref(optimizer, lambda _: self._close(number))
            known = self._accounts[number] = Account(reference, self._counted, is_of_torch)
        return known

    def _close(self, number: int) -> None:
        """Keep nothing of an optimizer that is gone, for there may be thousands, but for one that never stepped."""
        account = self._accounts.pop(number)
        if account.steps == 0 and account.passes:
            self._idle.append(account)

    def gradient(self, parameter: Tensor) -> Gradient:
        """Return what is known of the gradient of a parameter."""
        known = self._gradients.get(id(parameter))
        if known is None or known.parameter() is not parameter:
            known = self._gradients[id(parameter)] = Gradient(ref(parameter))
        return known

    def names(self, gradients: Iterable[Gradient], most: int = 2) -> str:
        """Return what a model calls some parameters: '"0.weight", "0.bias" and 3 more'."""
        parameters = [parameter for each in gradients if (parameter := each.parameter()) is not None]
        scene = self._scene()
        named = [scene.name(parameter) if scene else "" for parameter in parameters[:most]]
        shown = ", ".join(
            f'"{name}"' if name else f"a parameter {tuple(p.shape)}" for name, p in zip(named, parameters, strict=False)
        )
        return f"{shown} and {len(parameters) - most} more" if len(parameters) > most else shown

    def has_written(self, backward: Backward, account: Account) -> bool:
        """Tell whether a backward pass has written gradients of an optimizer that no step has used yet."""
        return any(backward in self.gradient(parameter).fresh for parameter in account.held())

    def finds_nothing(self, optimizer: Optimizer) -> bool:
        """Tell whether all gradients of an optimizer are missing or zero now. Reads values: ask where it decides."""
        return all(is_missing_or_zero(parameter.grad) for parameter in held_by(optimizer))

    def is_followed(self, clearing: Clearing) -> bool:
        """Tell whether a backward pass ever wrote what this line had cleared."""
        return (clearing.site.file, clearing.site.line) in self._followed

    @property
    def steps(self) -> int:
        """How many steps of all optimizers are done."""
        scene = self._scene()
        return scene.step if scene else 0

    @property
    def forwards(self) -> int:
        """How many calls of models there were in training."""
        scene = self._scene()
        return scene.calls["training"] if scene else 0

    @property
    def evaluations(self) -> int:
        """How many calls of models there were in evaluation."""
        scene = self._scene()
        return scene.calls["evaluation"] if scene else 0

    def _backward_begins(self, seen: BackwardBegins) -> None:
        self.is_in_backward = True
        self.passes += 1
        self.backward = Backward(self.passes, seen.site, self.forwards)
        for account in self._suspects:
            self._notice_hidden_writes(account)
        self._suspects.clear()
        for number, gradient in tuple(self._gradients.items()):
            parameter = gradient.parameter()
            if parameter is None:
                del self._gradients[number]
            elif gradient.passes:
                gradient.notice_what_was_done_by_hand(mark_of(parameter))

    def _notice_hidden_writes(self, account: Account) -> None:
        if account.samples.changed():
            self._forget_all(account)

    def _forget_all(self, account: Account) -> None:
        for parameter in account.held():
            self.gradient(parameter).forget()

    def _backward_done(self, seen: BackwardDone) -> None:
        self.is_in_backward = False
        if self.backward is None:
            return
        self.wrote = [self.gradient(parameter) for parameter in seen.written]
        grown: dict[Passes, Passes] = {}  # parameters with the same history share one tuple
        for parameter, gradient in zip(seen.written, self.wrote, strict=True):
            before = gradient.passes
            if before not in grown:
                grown[before] = (*before, self.backward)
            gradient.passes, gradient.mark, gradient.lost = grown[before], mark_of(parameter), ()
            if len(before) >= _MOST:
                gradient.passes, gradient.used = gradient.passes[1:], max(0, gradient.used - 1)
        self._followed.update((each.site.file, each.site.line) for each in {g.cleared for g in self.wrote} if each)
        self.backward.in_evaluation = self._is_in_evaluation(seen.written)
        self._collect_for_idle_optimizers()

    def _is_in_evaluation(self, written: tuple[Tensor, ...]) -> bool:
        ids = set(map(id, written))
        scene = self._scene()
        asleep = [model for model in scene.models if not model.training] if scene else []
        return any(id(parameter) in ids for model in asleep for parameter in model.parameters())

    def _collect_for_idle_optimizers(self) -> None:
        scene = self._scene()
        idle = [account for account in map(self.account, scene.optimizers if scene else ()) if account.steps == 0]
        for account in idle:
            own = set(map(id, account.held()))
            found = [gradient for gradient in self.wrote if id(gradient.parameter()) in own]
            if found and self.backward and not self.backward.in_evaluation:
                account.written, account.passes, account.passed_at = found, account.passes + 1, self.backward.site
                self._watch_weights(account)

    def _watch_weights(self, account: Account) -> None:
        """Notice that somebody else moves the parameters of an optimizer that does not step."""
        if not account.is_led_otherwise:
            account.is_led_otherwise = account.passes > 1 and not account.weights.are_untouched()
            account.weights.take(account.held())

    def _cleared(self, seen: GradientsCleared) -> None:
        clearing = self.clearing = Clearing(seen.site, self.passes, self.steps)
        parameters = seen.owner.parameters() if isinstance(seen.owner, nn.Module) else held_by(seen.owner)
        for parameter in parameters:
            gradient = self.gradient(parameter)
            gradient.lost = gradient.lost or gradient.fresh
            gradient.cleared = clearing
            gradient.mark = mark_of(parameter)
            gradient.forget()

    def _clipped(self, seen: GradientsClipped) -> None:
        for parameter in seen.parameters:
            gradient, mark = self.gradient(parameter), mark_of(parameter)
            if mark is None or gradient.mark is None or mark[0] != gradient.mark[0]:  # clipping keeps the object
                gradient.forget()
            gradient.mark = mark

    def _step_begins(self, seen: StepBegins) -> None:
        self._stepping.pop(id(seen.optimizer), None)  # one that failed
        account = self.account(seen.optimizer)
        self._notice_hidden_writes(account)
        self._stepping[id(seen.optimizer)] = self._look_up(seen.optimizer, seen.site)
        if not account.is_of_torch:
            account.weights.take(_moving(seen.optimizer))

    def _step_done(self, seen: StepDone) -> None:
        self.use = None
        use = self._stepping.pop(id(seen.optimizer), None)
        # A step inside of another one belongs to an optimizer that wraps another.
        if use is None or self._stepping:
            return
        if self.is_in_backward:  # a hook steps as soon as a gradient is there
            self._forget_all(self.account(seen.optimizer))
            return
        if use.passes != self.passes:  # a closure computed the gradients inside of the step
            use = self._look_up(seen.optimizer, use.site)
        use.steps = self.steps
        if self._is_a_step(self.account(seen.optimizer), use):
            self._spend(seen.optimizer, use)

    def _is_a_step(self, account: Account, use: Use) -> bool:
        """Tell whether the gradients led a step: one of the user's own may wait for more, or do without any."""
        if account.is_of_torch:
            return True
        has_moved = not account.weights.are_untouched()
        account.is_led_otherwise = account.is_led_otherwise or (has_moved and not use.is_useful)
        return has_moved == use.is_useful

    def _look_up(self, optimizer: Optimizer, site: Site) -> Use:
        account = self.account(optimizer)
        use = Use(account.steps + 1, site, self.passes, self.forwards, self.steps, self.evaluations)
        for parameter in held_by(optimizer):
            use.look_at(self.gradient(parameter), mark_of(parameter), account)
        use.sum_up()
        return use

    def _spend(self, optimizer: Optimizer, use: Use) -> None:
        account = self.account(optimizer)
        if not account.steps:
            account.first_site, account.begins_empty = use.site, not account.passes and not use.by_hand
        account.steps += 1
        account.last, account.newest, self.use = account.newest, use, use
        for each in use.fresh:
            each.spent_by.setdefault(account.number, self.passes)
        for parameter in held_by(optimizer):
            gradient = self.gradient(parameter)
            gradient.used, gradient.mark, gradient.lost = len(gradient.passes), mark_of(parameter), ()
            gradient.was_used = gradient.was_used or bool(gradient.passes)
        if account.samples.distrusted:
            self._forget_all(account)
        elif use.stale or use.by_hand:
            account.samples.take(parameter.grad for parameter in held_by(optimizer))
            self._suspects.append(account)


def _moving(optimizer: Optimizer) -> list[Tensor]:
    """Return the parameters that a step should move: those with a gradient, and all where there is none."""
    parameters = held_by(optimizer)
    return [parameter for parameter in parameters if mark_of(parameter)] or parameters
