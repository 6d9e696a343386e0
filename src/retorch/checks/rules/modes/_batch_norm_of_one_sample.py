"""Batch norm that averages over one sample."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakSet

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from retorch.checks._finding import Finding
from retorch.checks._observations import ModuleBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import quoted


class BatchNormOfOneSample(Rule):
    """A batch norm in train mode gets one sample.

    Why it matters: its mean and variance are those of this one sample, so the output does not depend on its brightness
    or scale; in eval mode, with running statistics, the model is another one.

    When it is fine: where instance norm is meant; `nn.InstanceNorm2d` says so.

    Wrong: `DataLoader(data, batch_size=32)` over 97 samples: the last batch has one.

    Right: `DataLoader(data, batch_size=32, drop_last=True)`, or group norm where batches are small.

    Reported: https://github.com/wolny/pytorch-3dunet/issues/53
    """

    name = "batch-norm-of-one-sample"
    grade = "advice"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._told: WeakSet[nn.Module] = WeakSet()

    @sees(ModuleBegins)
    def judge(self, seen: ModuleBegins) -> Iterator[Finding]:
        """Judge what goes into a batch norm that is in train mode."""
        module = seen.module
        if not isinstance(module, _BatchNorm) or not module.training or not seen.grad_enabled or not seen.args:
            return
        given = seen.args[0]
        if isinstance(given, Tensor) and given.dim() > 2 and given.shape[0] == 1:
            model = self.scene.running[0] if self.scene.running else module
            if model not in self._told:
                self._told.add(model)
                yield self.finding(
                    seen.site,
                    "batch norm takes its statistics from one sample",
                    evidence=f"{type(module).__name__} {quoted(self.scene.name(module), '')}".rstrip()
                    + f", in train mode, got an input of shape {tuple(given.shape)}",
                    remedy="drop_last=True for a last batch of one; group norm where batches are that small",
                )
