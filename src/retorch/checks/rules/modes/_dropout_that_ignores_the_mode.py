"""Dropout that goes on in eval mode."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, LoaderBegins, ModuleBegins, OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.modes._dependent import DROPOUTS, rate_of
from retorch.checks.rules.modes._sampling import Asked, Sampling
from retorch.lines import Site


class DropoutThatIgnoresTheMode(Rule):
    """Dropout is applied inside of a module that is in eval mode.

    Why it matters: validation and predictions are random and worse than they need be, whatever `model.eval()` says.

    When it is fine: Monte Carlo dropout. Where a model is asked several times about the same tensor this check is
    silent.

    Wrong: `F.dropout(x, 0.5)` in a forward, which has `training=True` by default; `nn.Dropout(0.5)(x)` made anew in
    a forward, or kept in a plain list; `F.scaled_dot_product_attention(q, k, v, dropout_p=0.1)`.

    Right: `F.dropout(x, 0.5, training=self.training)`, or `self.dropout = nn.Dropout(0.5)` in `__init__`.

    Reported: https://github.com/pytorch/pytorch/issues/26338
    """

    name = "dropout-that-ignores-the-mode"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._found: dict[Site, tuple[Asked, str]] = {}
        self._sampling = Sampling(scene)

    @sees(ModuleBegins)
    def follow(self, seen: ModuleBegins) -> None:
        """Notice a model in eval mode that is asked the same thing twice."""
        if seen.depth == 0 and not seen.module.training:
            self._sampling.notice(seen)

    @sees(LoaderBegins)
    def follow_pass(self, seen: LoaderBegins) -> None:
        """Notice passes over one loader again and again."""
        self._sampling.notice_pass(seen.loader)

    @sees(OperationDone)
    def collect(self, seen: OperationDone) -> None:
        """Collect dropout at work in eval mode."""
        self._sampling.follow(seen)
        if seen.inside and _rate(seen) and _ignores_the_mode(seen.inside):
            what = f"{name_of(seen.function)} with p = {_rate(seen):g} ran inside {_sleeper(seen.inside)}"
            self._found[seen.site] = (self._sampling.of(seen.inside[0]), what)

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end, when it is known who was sampled on purpose."""
        for site, (model, what) in self._found.items():
            if not model.is_sampled:
                yield self.finding(
                    site,
                    "this dropout does not heed model.eval()",
                    evidence=f"{what}, which was in eval mode",
                    remedy="F.dropout(x, p, training=self.training), or an nn.Dropout made in __init__",
                )


def _rate(seen: OperationDone) -> float:
    """Return the share that a call drops; 0 where it is no dropout at work."""
    args, kwargs = seen.args, seen.kwargs
    if name_of(seen.function) in DROPOUTS and not kwargs.get(
        "training", kwargs.get("train", args[2] if len(args) > 2 else True)
    ):
        return 0.0
    return rate_of(seen)


def _ignores_the_mode(inside: tuple[nn.Module, ...]) -> bool:
    module = inside[-1]
    if not module.training and not isinstance(module, _DropoutNd):
        return True
    # One that its owner's `eval()` reaches was switched on by somebody who wanted that.
    return any(not owner.training and all(part is not module for part in owner.modules()) for owner in inside[:-1])


def _sleeper(inside: tuple[nn.Module, ...]) -> str:
    return type(next(module for module in reversed(inside) if not module.training)).__name__
