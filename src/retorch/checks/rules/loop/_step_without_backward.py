"""Steps without gradients, because nothing calls `backward`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from torch import nn
from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import Ended, ModuleBegins
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import times
from retorch.checks.rules.loop._entries import Account, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.checks.rules.loop._uncalled import uncalled
from retorch.lines import Site


@dataclass(slots=True)
class _Idle:
    """The steps of one line that had no gradients, in a row, and how often the model was called between them."""

    rounds: int = 0
    forwards: int = 0


class StepWithoutBackward(LoopRule):
    """The model is called in training and its optimizer steps, but no backward pass lies between.

    Why it matters: without gradients the step changes nothing. The loss differs from batch to batch, so that it looks
    as if something happened.

    When it is fine: never, where no step of this line ever finds a gradient, though the model is called with gradients
    recorded before each. Not meant are steps without any training, as for a plot of a learning rate; a backward pass
    that is left out for some batches; and an optimizer that needs no gradients.

    Wrong: `loss = criterion(model(x), y); optimizer.step()`; also `loss.backward` without the parentheses.

    Right: `loss = criterion(model(x), y); loss.backward(); optimizer.step()`.
    """

    name = "step-without-backward"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # Of each optimizer, by its number, and line that steps it; None for one that once had gradients.
        self._found: dict[tuple[int, Site], _Idle | None] = {}
        # Of each model: how many backward passes there were when it was last called in training, and how many calls.
        self._called: WeakKeyDictionary[nn.Module, tuple[int, int]] = WeakKeyDictionary()

    def is_settled(self) -> bool:
        """Wait for the end, where one optimizer has found nothing to step on."""
        return super().is_settled() and not any(found and found.rounds for found in self._found.values())

    @sees(ModuleBegins)
    def call(self, seen: ModuleBegins) -> None:
        """Remember when a model was called in training."""
        if not seen.depth and seen.grad_enabled and seen.module.training:
            self._called[seen.module] = self.ledger.passes, self.ledger.forwards

    def judge_step(self, account: Account, use: Use) -> tuple[()]:
        """Collect the steps before which a model was called, and no backward pass of any kind came after it."""
        key = account.number, use.site
        if use.is_useful or account.is_led_otherwise:
            self._found[key] = None
            return ()
        found = self._found.setdefault(key, _Idle())
        if found and not use.robbed and self._is_idle(account, use):
            found.rounds += 1
            found.forwards = use.forwards - account.last.forwards if account.last else 0
        elif found:
            found.rounds = 0
        return ()

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end, when it is clear that no step of a line ever found a gradient."""
        for (_number, site), found in self._found.items():
            if found and found.rounds >= 2:
                yield self.finding(
                    uncalled("backward", site) or site,
                    "the optimizer steps without a backward pass",
                    evidence=f"{found.rounds} steps in a row at {site.place} had no gradients at all, and before each "
                    f"the model was called {times(found.forwards, 'time')} in training",
                    remedy="call loss.backward() before optimizer.step()",
                )

    def _is_idle(self, account: Account, use: Use) -> bool:
        optimizer = account.optimizer()
        forwards = account.last.forwards if account.last else 0
        return (
            optimizer is not None and self._is_called(optimizer, use, forwards) and self.ledger.finds_nothing(optimizer)
        )

    def _is_called(self, optimizer: Optimizer, use: Use, forwards: int) -> bool:
        """Tell whether a model with parameters of an optimizer was called since its last step, and that came last."""
        own = {id(parameter) for parameter in held_by(optimizer) if parameter.requires_grad}
        called = [model for model, when in self._called.items() if when[0] == use.passes and when[1] > forwards]
        return any(id(parameter) in own for model in called for parameter in model.parameters())
