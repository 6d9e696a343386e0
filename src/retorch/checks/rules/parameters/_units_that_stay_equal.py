"""Units of a layer that begin equal and stay equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import ref

from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardBegins, Ended, ParameterMade, StepBegins, Written
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._memory import Storage, block_of, storage_of
from retorch.checks.rules._moved import Seldom
from retorch.checks.rules._words import quoted
from retorch.lines import Site

# What gives all of a tensor one value, or the values of another one.
_FILLING = frozenset({"fill_", "zero_", "copy_", "constant_", "ones_", "zeros_"})
_STEPS = 3


@dataclass(slots=True, eq=False)
class _Equal:
    """A weight whose rows were equal before the first step.

    Attributes:
        weight: it.
        name: what its model calls it.
        shape: its shape.
        site: the line that gave it its values.
        steps: how many steps there were with a gradient for it.
        is_due: whether it is time to look at its values again.
    """

    weight: ref[Tensor]
    name: str
    shape: tuple[int, ...]
    site: Site
    steps: int = 0
    is_due: Seldom = field(default_factory=Seldom)


class UnitsThatStayEqual(Rule):
    """All units of a layer begin with the same weights, and training keeps them equal: the layer has one unit.

    Why it matters: equal units compute the same, get the same gradient and so stay equal for ever, where the layers
    round them treat them alike too. Random first weights are there to make them differ.

    When it is fine: where all units shall be one. Layers whose rows begin equal and part in the first steps are not
    reported: a last layer of zeros, the second matrix of a low-rank adapter.

    Wrong: `nn.init.constant_(layer.weight, 0.01)` for every layer.

    Right: `nn.init.xavier_uniform_(layer.weight)`, or what torch does by itself; constants are for biases.
    """

    name = "units-that-stay-equal"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._made_at = WeakIdKeyDictionary()
        self._filled_at: dict[int, tuple[Storage, Site]] = {}
        self._equal: list[_Equal] = []
        self._met = WeakIdKeyDictionary()

    @sees(ParameterMade)
    def remember_making(self, seen: ParameterMade) -> None:
        """Remember which line made a parameter."""
        if seen.parameter.dim() > 1:
            self._made_at[seen.parameter] = seen.site

    @sees(Written)
    def remember_filling(self, seen: Written) -> None:
        """Remember which line filled a tensor, also one that shares its memory with a parameter."""
        name = getattr(seen.function, "__name__", "")
        if name in _FILLING and not self.scene.step and seen.tensor.dim() > 1 and (memory := storage_of(seen.tensor)):
            self._filled_at[memory.block] = memory, seen.site

    @sees(BackwardBegins, closely=True)
    def look(self, _: BackwardBegins) -> None:
        """Look at the weights that an optimizer holds, before its first step."""
        for weight in self.scene.held() if not self.scene.step else ():
            if weight not in self._met:
                self._met[weight] = True
                if weight.requires_grad and _has_equal_rows(weight) and (site := self._line_of(weight)):
                    shape = tuple(weight.shape)
                    self._equal.append(_Equal(ref(weight), self.scene.name(weight), shape, site))

    @sees(StepBegins)
    def follow(self, _: StepBegins) -> None:
        """Forget those whose rows have parted."""
        for each in tuple(self._equal):
            weight = each.weight()
            if weight is None or weight.grad is None:
                continue
            each.steps += 1
            if each.is_due() and not (_has_equal_rows(weight) and bool(weight.grad.any())):
                self._equal.remove(each)

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Report each line with all its weights."""
        places: dict[Site, list[_Equal]] = {}
        for each in self._equal:
            weight = each.weight()
            if each.steps >= _STEPS and (weight is None or _has_equal_rows(weight)):
                places.setdefault(each.site, []).append(each)
        for site, several in places.items():
            first, others = several[0], f" and {len(several) - 1} more" if len(several) > 1 else ""
            yield self.finding(
                site,
                "all units of a layer begin equal, and training keeps them equal",
                evidence=f"all {first.shape[0]} rows of {quoted(first.name, 'a weight')} {first.shape}{others} were "
                f"equal to the bit before the first step and in {first.steps} steps with a gradient",
                remedy="draw the first weights at random, as nn.init.xavier_uniform_ or torch itself does",
            )

    def _line_of(self, weight: Tensor) -> Site | None:
        memory, site = self._filled_at.get(block_of(weight) or 0, (None, None))
        made_at: Site | None = self._made_at.get(weight)
        return site if memory is not None and memory.is_shown_by(weight) else made_at


def _has_equal_rows(weight: Tensor) -> bool:
    """Tell whether a weight has several rows, all equal to the bit; False where they cannot be compared."""
    if weight.dim() < 2 or len(weight) < 2 or not weight.numel():
        return False
    try:
        values = weight.detach()
        return bool((values == values[:1]).all())
    except (RuntimeError, NotImplementedError):  # without values, or of a layout that torch does not compare
        return False
