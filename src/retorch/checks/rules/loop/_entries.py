"""What the ledger holds: backward passes, gradients made of them, and what the steps of an optimizer found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from weakref import ref

from torch import Tensor
from torch.optim import Optimizer

from retorch.checks._held import held_by
from retorch.checks._writes import Mark
from retorch.checks.rules.loop._samples import Samples
from retorch.lines import UNKNOWN, Site


@dataclass(slots=True, weakref_slot=True, eq=False)
class Backward:
    """One backward pass.

    Attributes:
        number: counts all of them, from 1.
        forwards: how many calls of models were there in training before it.
        in_evaluation: whether a model whose gradients it wrote was in eval mode.
        spent_by: for each optimizer that has stepped on gradients of it, by the number of its account, how many passes
            there were by then.
    """

    number: int
    site: Site
    forwards: int
    in_evaluation: bool = False
    spent_by: dict[int, int] = field(default_factory=dict)


Passes = tuple[Backward, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Clearing:
    """One `zero_grad`.

    Attributes:
        site: its line.
        passes: how many backward passes there were before it.
        steps: how many steps of all optimizers there were before it.
    """

    site: Site
    passes: int
    steps: int


@dataclass(slots=True, eq=False)
class Gradient:
    """The gradient of one parameter.

    Attributes:
        passes: whose sum it is; empty for one that is cleared, that is not there, or that was set by hand.
        used: how many of these, the first ones, a step of any optimizer has used.
        mark: which object it was, and in which version, when it was seen last.
        lost: the passes that were cleared before a step had used them; empty when it is written again.
        cleared: what cleared them.
        was_used: whether any step ever used a gradient of this parameter.
    """

    parameter: ref[Tensor]
    passes: Passes = ()
    used: int = 0
    mark: Mark = None
    lost: Passes = ()
    cleared: Clearing | None = None
    was_used: bool = False

    @property
    def fresh(self) -> Passes:
        """The passes that no step has used yet."""
        return self.passes[self.used :]

    def parted(self, account: Account) -> tuple[Passes, Passes]:
        """Return the passes that an optimizer has used, and those that are new to it."""
        used = sum(account.number in each.spent_by for each in self.passes) if self.used else 0
        return self.passes[:used], self.passes[used:]

    def forget(self) -> None:
        """Take note that it is gone, or is now something of which nothing is known."""
        self.passes, self.used = (), 0

    def notice_what_was_done_by_hand(self, now: Mark) -> None:
        """Forget what was removed, replaced, or written after the step by the user's own code."""
        if now is None or self.mark is None or now[0] != self.mark[0] or (self.used and now != self.mark):
            self.forget()


@dataclass(slots=True, eq=False)
class Use:
    """One step of an optimizer and what it found.

    Attributes:
        number: counts the steps of this optimizer, from 1.
        site: the line of the step.
        passes: how many backward passes there were.
        forwards: how many calls of models there were in training.
        steps: how many steps of all optimizers there were, this one included.
        evaluations: how many there were in evaluation.
        gradients: those of its parameters that come from backward passes: the passes that its own steps had used
            before, and the new ones.
        empty: how many of its parameters have no gradient, or one that was zeroed and not written since.
        by_hand: how many of its gradients did not come from a backward pass.
        touched: whether something but clipping wrote its gradients after the last backward pass.
        lost: what cleared gradients of its parameters, since its last step, before any step had used them.
        robbed: the passes that were lost in that way.
        borrowed: gradients that another optimizer has used for the same parameters already, and to which a pass was
            added since: the last pass that was used, and the one that was added.
        fresh: the passes that it used for the first time, in their order.
        stale: the passes that an earlier step of it had used already.
    """

    number: int
    site: Site
    passes: int
    forwards: int
    steps: int
    evaluations: int = 0
    gradients: list[tuple[Gradient, Passes, Passes]] = field(default_factory=list)
    empty: int = 0
    by_hand: int = 0
    touched: bool = False
    lost: list[Clearing] = field(default_factory=list)
    robbed: set[Backward] = field(default_factory=set)
    borrowed: list[tuple[Backward, Backward, Gradient]] = field(default_factory=list)
    fresh: Passes = ()
    stale: Passes = ()

    @property
    def is_useful(self) -> bool:
        """Whether it found any gradient."""
        return bool(self.gradients or self.by_hand)

    def look_at(self, gradient: Gradient, mark: Mark, account: Account) -> None:
        """Take note of what the step finds in one gradient."""
        if gradient.passes and gradient.used == len(gradient.passes):
            gradient.notice_what_was_done_by_hand(mark)
        if mark is not None and gradient.passes:
            stale, fresh = gradient.parted(account)
            self.gradients.append((gradient, stale, fresh))
            if not stale and 0 < gradient.used < len(fresh):
                self.borrowed.append((fresh[gradient.used - 1], fresh[gradient.used], gradient))
            self.touched = self.touched or mark != gradient.mark
        elif mark is None or (gradient.cleared and mark == gradient.mark):
            self.empty += 1
            if gradient.lost and gradient.cleared:
                self.lost.append(gradient.cleared)
                self.robbed.update(gradient.lost)
        else:
            self.by_hand += 1

    def sum_up(self) -> None:
        """Put together the passes of all gradients."""
        self.stale = _joined(stale for _, stale, _ in self.gradients)
        self.fresh = _joined(fresh for _, _, fresh in self.gradients)

    def own(self, account: Account) -> Backward:
        """Return the first new pass that no other optimizer has used, and the first of all where there is none."""
        return next((each for each in self.fresh if set(each.spent_by) <= {account.number}), self.fresh[0])


@dataclass(slots=True, weakref_slot=True, eq=False)
class Account:
    """What is known of one optimizer; it stays when the optimizer is gone.

    Attributes:
        number: counts all of them, from 1.
        is_of_torch: whether torch wrote it: then a step follows the gradients, whatever they are.
        steps: how many it has done.
        newest: its last step.
        last: the one before that.
        first_site: the line of its first step.
        begins_empty: whether its first step came before every backward pass into its parameters.
        written: gradients of its parameters that a backward pass wrote while it had done no step.
        passes: how many backward passes wrote them.
        passed_at: the line of the last of these.
        samples: of its gradients, where something looks wrong.
        weights: of its parameters, where it is not known whether a step changes them.
        is_led_otherwise: whether its parameters change without a gradient that it could have used.
    """

    optimizer: ref[Optimizer]
    number: int
    is_of_torch: bool
    steps: int = 0
    last: Use | None = None
    newest: Use | None = None
    first_site: Site = UNKNOWN
    begins_empty: bool = False
    written: list[Gradient] = field(default_factory=list)
    passes: int = 0
    passed_at: Site = UNKNOWN
    samples: Samples = field(default_factory=Samples)
    weights: Samples = field(default_factory=Samples)
    is_led_otherwise: bool = False

    def held(self) -> list[Tensor]:
        """Return the parameters of the optimizer; [] when it is gone."""
        optimizer = self.optimizer()
        return held_by(optimizer) if optimizer is not None else []


def is_missing_or_zero(gradient: Tensor | None) -> bool:
    """Tell whether a gradient does nothing. Reads its values: ask where it decides."""
    if gradient is None:
        return True
    values = gradient._values() if gradient.is_sparse else gradient  # noqa: SLF001 - a sparse one cannot be compared
    return not bool((values != 0).any())


def _joined(several: Iterable[Passes]) -> Passes:
    found = {each.number: each for passes in dict.fromkeys(several) for each in passes}
    return tuple(found[number] for number in sorted(found))
