"""A step uses gradients that another part of the loop left behind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from weakref import WeakKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardBegins
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._downstream import is_downstream
from retorch.checks.rules.loop._entries import Account, Backward, Gradient, Passes, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.lines import Site


class GradientsLeakIntoAStep(LoopRule):
    """Gradients of another loss, which were meant for another optimizer or for nobody, are added to those of a step.

    Why it matters: a backward pass writes the gradients of everything on its way. The generator's loss also writes
    those of the discriminator, and its next step then goes a part of the way that helps the generator; a backward pass
    in validation trains on the validation data.

    When it is fine: a part that several losses share on purpose, and whose optimizer steps after all of them. It does
    so from the first step on; this check speaks where the first step did not have what the later ones have, where a
    loss only came through this part on its way to the one that stepped on it, and where each loss also writes gradients
    of the other part, which does without them.

    Wrong: `d_loss.backward(); d_optimizer.step(); d_optimizer.zero_grad(); g_loss.backward(); g_optimizer.step()`.

    Right: `d_optimizer.zero_grad(); d_loss.backward(); d_optimizer.step(); g_optimizer.zero_grad(); g_loss.backward();
    g_optimizer.step()`.

    Reported: https://github.com/FoundationVision/OmniTokenizer/issues/15
    """

    name = "gradients-leak-into-a-step"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # Of each optimizer and line that steps it: the lines of the passes that its first step used.
        self._first: WeakKeyDictionary[Account, dict[Site, frozenset[Site]]] = WeakKeyDictionary()
        self._used: WeakKeyDictionary[Account, set[Site]] = WeakKeyDictionary()
        self._rounds: WeakKeyDictionary[Account, int] = WeakKeyDictionary()
        self._evaluated: WeakKeyDictionary[Account, bool] = WeakKeyDictionary()
        # Of lines with a backward pass: whether the parameters of an account, by its number, are applied to the output
        # of those for which the pass was; None where that is not known yet.
        self._came_through: dict[tuple[Site, int], bool | None] = {}
        self._wanted: dict[Site, tuple[int, list[int]]] = {}

    def judge_step(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge the new passes of a step: which of them belong to something else."""
        if use.fresh:
            sites = frozenset(each.site for each in use.fresh)
            self._first.setdefault(account, {}).setdefault(use.site, sites)
            self._used.setdefault(account, set()).update(sites)
        yield from self._judge_evaluation(account, use)
        yield from self._judge_first(account, use)
        known = self._first.get(account, {}).get(use.site, frozenset())
        if len(use.fresh) < 2:
            self._rounds[account] = 0
            return
        leaks = use.borrowed or [
            found for found in (self._leak(account, known, *each) for each in use.gradients) if found
        ]
        self._rounds[account] = self._rounds.get(account, 0) + 1 if leaks else 0
        if self._rounds[account] >= 2:
            left, added, _ = leaks[0]
            yield self.finding(
                added.site,
                f"these gradients are added to those that the backward pass at {left.site.place} left behind",
                evidence=f"another optimizer had stepped after that one; now the step at {use.site.place} used both "
                f"in {self.ledger.names(gradient for _, _, gradient in leaks)}",
                remedy="call zero_grad() of the optimizer that is stepped, right before this backward()",
            )

    def _leak(
        self, account: Account, known: frozenset[Site], gradient: Gradient, stale: Passes, fresh: Passes
    ) -> tuple[Backward, Backward, Gradient] | None:
        """Return a pass that another optimizer had used before the next one came, and that next one."""
        if stale:
            return None
        for left, added in pairwise(fresh):
            spenders = [who for who, when in left.spent_by.items() if who != account.number and when < added.number]
            is_another = bool(spenders) and left.site != added.site
            if is_another and (
                left.site not in known
                or self._are_opposed(added, spenders)
                or self._passed_through(left, account, spenders)
            ):
                return left, added, gradient
        return None

    def _passed_through(self, left: Backward, account: Account, spenders: list[int]) -> bool:
        """Tell whether a pass came through a part only on its way to the part that it was meant for.

        That shows in the graph, which is gone by now: it is looked at the next time.
        """
        key = left.site, account.number
        if key not in self._came_through:
            self._came_through[key] = None
            self._wanted[left.site] = account.number, spenders
        return bool(self._came_through[key])

    @sees(BackwardBegins)
    def look_through(self, seen: BackwardBegins) -> None:
        """Look at the graph of a pass whose gradients have turned up in the step of another part."""
        self.ledger.follow(seen)
        wanted = self._wanted.pop(self.ledger.backward.site, None) if self._wanted and self.ledger.backward else None
        if wanted and self.ledger.backward:
            number, spenders = wanted
            held = {account.number: set(map(id, account.held())) for account in self.ledger.accounts}
            others = set().union(*(held.get(spender, set()) for spender in spenders))
            through = is_downstream(seen.roots, held.get(number, set()) - others, others - held.get(number, set()))
            self._came_through[self.ledger.backward.site, number] = through

    def _are_opposed(self, added: Backward, spenders: list[int]) -> bool:
        """Tell whether a pass also writes gradients of those who used the one before, and who never use its own."""
        others = [each for each in self.ledger.accounts if each.number in spenders]
        return any(
            added.site not in self._used.get(each, set()) and self.ledger.has_written(added, each) for each in others
        )

    def _judge_evaluation(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge passes in eval mode that are added to those of training, where the step before had none."""
        left = [each for each in use.fresh if each.in_evaluation]
        is_mixed = bool(left) and len(left) < len(use.fresh)
        had_some = self._evaluated.get(account, True)
        self._evaluated[account] = bool(left)
        if is_mixed and not had_some:
            yield self.finding(
                left[0].site,
                "these gradients are computed in evaluation, and the next training step uses them",
                evidence=f"{len(left)} of the {len(use.fresh)} backward passes that the step at {use.site.place} used "
                "ran while the model was in eval mode; the step before had none of them",
                remedy="evaluate with torch.no_grad(), without backward()",
            )

    def _judge_first(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge the first step of an optimizer, where a part of its gradients is left from the time of another one."""
        if use.number > 1 or len(use.fresh) < 3:
            return
        newest = use.fresh[-1]
        spent = {when for each in use.fresh[:-1] for who, when in each.spent_by.items() if who != account.number}
        old = [gradient for gradient, _, fresh in use.gradients if len(fresh) > 1]
        if len(spent) >= 2 and len(old) < len(use.gradients):
            yield self.finding(
                newest.site,
                "these gradients are added to those that were left over while another optimizer was trained",
                evidence=f"the first step at {use.site.place} used {len(use.fresh)} backward passes in "
                f"{self.ledger.names(old)}, and only the last of them in its other parameters",
                remedy="call zero_grad() of a new optimizer before its first backward()",
            )
