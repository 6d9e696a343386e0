"""Batch norm of a frozen network whose running statistics go on changing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, ModeSet, ModuleBegins, StateLoaded
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import quoted, times
from retorch.checks.rules.modes._switches import Switches
from retorch.lines import Site


@dataclass(slots=True, eq=False)
class _Drift:
    """A frozen batch norm in train mode; it outlives the module, so that one can judge at the end.

    Attributes:
        site: the line to name.
        name: what the model calls it.
        values: a sum over its parameters, which an average of weights would change.
        step: after how many steps it ran first.
        next_look: after how many more steps its parameters are read again.
        is_sure: whether it ran in later steps too, and its parameters stood still.
        is_excused: whether it was trained or overwritten after all.
    """

    site: Site
    name: str
    values: float
    step: int
    next_look: int = 1
    is_sure: bool = False
    is_excused: bool = False


class FrozenBatchNormThatDrifts(Rule):
    """The parameters of a part are frozen, and its batch norm goes on averaging in train mode.

    Why it matters: `requires_grad = False`, or `no_grad` round the part, freezes weight and bias; the running mean and
    variance are buffers, and change with each batch in train mode. The frozen network is another one after each step,
    and the features that were paid for with its pretraining are lost.

    When it is fine: where the statistics shall adapt to new data. Of a network that is trained in between, or that
    takes over the weights of another one, as a teacher does, this check says nothing.

    Wrong: `for p in backbone.parameters(): p.requires_grad = False`, and `model.train()` before training.

    Right: `model.train(); model.backbone.eval()`.

    Reported: https://github.com/pytorch/pytorch/issues/86590
    """

    name = "frozen-batch-norm-that-drifts"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._switches = Switches()
        self._called_at: WeakKeyDictionary[nn.Module, Site] = WeakKeyDictionary()
        self._drifts: WeakKeyDictionary[nn.Module, _Drift] = WeakKeyDictionary()
        self._all: list[_Drift] = []

    @sees(ModeSet)
    def remember(self, seen: ModeSet) -> None:
        """Remember which line put a module into train mode."""
        self._switches.note(seen)

    @sees(StateLoaded)
    def excuse(self, seen: StateLoaded) -> None:
        """Let a copy of a network that is trained be: it takes over the weights now and then."""
        if isinstance(seen.owner, nn.Module):
            for part in seen.owner.modules():
                if part in self._drifts:
                    self._drifts[part].is_excused = True

    @sees(ModuleBegins)
    def collect(self, seen: ModuleBegins) -> None:
        """Collect batch norms that are frozen and in train mode; one that was ever trained is none of them."""
        module = seen.module
        if seen.depth == 0 and module not in self._called_at:
            self._called_at[module] = seen.site
        if isinstance(module, _NormBase) and module.training and module.affine and _averages(module):
            drift = self._drifts.get(module)
            learns = module.weight.requires_grad and seen.grad_enabled
            if drift is not None:
                drift.is_excused |= learns
                self._look_again(module, drift)
            elif not learns:
                self._begin(module, seen)

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge what stayed frozen to the end."""
        found: dict[Site, list[str]] = {}
        for drift in self._all:
            if drift.is_sure and not drift.is_excused:
                found.setdefault(drift.site, []).append(drift.name)
        for site, names in found.items():
            yield self._found(site, names)

    def _begin(self, norm: _NormBase, seen: ModuleBegins) -> None:
        model = self.scene.running[0] if self.scene.running else norm
        site = self._switches.last(norm, training=True) or self._called_at.get(model) or seen.site
        name = f"{type(norm).__name__} {quoted(self.scene.name(norm), '')}".rstrip()
        drift = _Drift(site, name, _values(norm), self.scene.step)
        drift.is_excused = norm.weight.requires_grad is False and not self._is_in_frozen(norm)
        self._drifts[norm] = drift
        self._all.append(drift)

    def _look_again(self, norm: _NormBase, drift: _Drift) -> None:
        if drift.is_excused:
            return
        # Reading waits for the device: after 1, 2, 4, ... steps.
        if self.scene.step - drift.step >= drift.next_look:
            drift.next_look *= 2
            drift.is_sure = True
            drift.is_excused = drift.values != _values(norm)

    def _is_in_frozen(self, norm: nn.Module) -> bool:
        """Tell whether the layer before it is frozen too."""
        for model in self.scene.models:
            before: nn.Module | None = None
            for part in model.modules():
                if part is norm:
                    return before is not None and all(not each.requires_grad for each in before.parameters())
                if not isinstance(part, _NormBase) and next(part.parameters(recurse=False), None) is not None:
                    before = part
        return False

    def _found(self, site: Site, names: list[str]) -> Finding:
        more = f" and {times(len(names) - 1, 'other batch norm')}" if len(names) > 1 else ""
        return self.finding(
            site,
            "frozen layers are in train mode here, and their batch norm goes on averaging",
            evidence=f"the weights of {names[0]}{more} are frozen, but running_mean and running_var followed the "
            f"batches of {times(self.scene.step, 'step')}",
            remedy="put the frozen part into eval mode after model.train(): model.backbone.eval()",
        )


def _averages(norm: _NormBase) -> bool:
    return norm.track_running_stats and norm.momentum != 0


def _values(norm: nn.Module) -> float:
    return sum(float(each.detach().double().sum()) for each in norm.parameters())
