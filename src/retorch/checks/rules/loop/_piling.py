"""Whether gradients pile up from step to step, and whether something else is cleared in their place."""

from __future__ import annotations

from dataclasses import dataclass

from retorch.checks.rules.loop._entries import Account, Clearing, Use
from retorch.checks.rules.loop._ledger import Ledger


@dataclass(frozen=True, slots=True)
class Piling:
    """A step, at least the second in a row, that used gradients of earlier steps together with new ones.

    Attributes:
        names: of the parameters.
        beside: a `zero_grad` between the steps that cleared nothing which any backward pass ever wrote afterwards.
    """

    names: str
    beside: Clearing | None

    @classmethod
    def seen_in(cls, ledger: Ledger, account: Account, use: Use) -> Piling | None:
        """Return what a step shows; None where its gradients are all new, or where that is the first time."""
        last = account.last
        if last is None or not _is_mixed(use) or not _is_mixed(last):
            return None
        mixed = [gradient for gradient, stale, fresh in use.gradients if stale and fresh]
        clearing = ledger.clearing
        is_beside = (
            clearing is not None
            and clearing.steps >= last.steps
            and clearing.passes in {each.number - 1 for each in use.fresh}
            and not ledger.is_followed(clearing)
        )
        return cls(ledger.names(mixed), clearing if is_beside else None)


def _is_mixed(use: Use) -> bool:
    return any(stale and fresh for _, stale, fresh in use.gradients)
