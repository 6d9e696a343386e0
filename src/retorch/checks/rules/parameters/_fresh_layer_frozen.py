"""A layer that was just made, and frozen before it learned anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from weakref import ref

from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._leaves import leaves_behind
from retorch.checks._observations import Ended, ModuleBegins, OperationDone, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import parameters
from retorch.checks.rules.parameters._freezing import Freezing
from retorch.lines import Site

# How many times as many parameters must learn as are frozen: an adapter in a frozen network is another matter.
_MANY = 2
# Fewer values tell nothing of the distribution that they were drawn from.
_FEWEST = 16
# How often a layer is written that torch has made and nobody has touched: by `reset_parameters`, once.
_UNTOUCHED = 1


@dataclass(slots=True)
class _Frozen:
    """A layer with the weight that it was made with, frozen.

    Attributes:
        layer: it.
        name: of its weight.
        site: where that was frozen.
        beside: what learns, in words.
        step: when it was seen so first.
    """

    layer: ref[nn.Module]
    name: str
    site: Site
    beside: str
    step: int

    def is_still_so(self) -> bool:
        """Tell whether it is as it was, or is gone."""
        layer = self.layer()
        weight = _weight_of(layer) if layer is not None else None
        return layer is None or (weight is not None and not weight.requires_grad and _is_unwritten(weight))


class FreshLayerFrozen(Rule):
    """A layer was frozen with the random weights that torch gave it, and what lies below it in the model learns.

    Why it matters: a random layer that never learns makes the model worse, and the loss falls all the same, since the
    rest learns round it. It happens to a new head when everything is frozen in a loop, or to the wrong part of a model.

    When it is fine: random layers on purpose, as in a reservoir. Not reported are frozen parts that get the inputs
    only, as random features; weights that somebody has loaded, trained or initialised in his own way, as those of a
    fixed classifier; and models of which more is frozen than learns, as with adapters.

    Wrong: `model.fc = nn.Linear(512, 10)`, and then `for p in model.fc.parameters(): p.requires_grad = False`.

    Right: freeze the trained part, `model.body.requires_grad_(False)`, and leave the new head as it is.
    """

    name = "fresh-layer-frozen"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._freezing = scene.shared(Freezing)
        self._seen = WeakIdKeyDictionary()
        self._found: list[_Frozen] = []

    @sees(OperationDone)
    def remember(self, seen: OperationDone) -> None:
        """Remember which line froze a parameter."""
        self._freezing.take(seen)

    @sees(ModuleBegins, closely=True)
    def look(self, seen: ModuleBegins) -> None:
        """Look at a layer inside of a model that learns, as it is called."""
        layer = seen.module
        if not (self._freezing and seen.depth and seen.grad_enabled) or layer in self._seen:
            return
        weight = _weight_of(layer)
        site = self._freezing.line_of(weight) if weight is not None else None
        if weight is None or site is None or weight.requires_grad or not _is_as_made(weight):
            return
        beside = self._own_bias(layer) or self._below(self.scene.running[0], seen.args)
        if beside:
            name = parameters(self.scene.name(weight), tuple(weight.shape))
            self._seen[layer] = True
            self._found.append(_Frozen(ref(layer), name, site, beside, self.scene.step))

    @sees(StepBegins)
    def forgive(self, _: StepBegins) -> None:
        """Forget those that are set free, or written."""
        if self._found:
            self._found = [each for each in self._found if each.is_still_so()]

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end: what is frozen now may be set free later."""
        places: dict[Site, list[_Frozen]] = {}
        for found in self._found:
            if self.scene.step - found.step > 1 and found.is_still_so():
                places.setdefault(found.site, []).append(found)
        for site, several in places.items():
            first, others = several[0], f" and {len(several) - 1} more" if len(several) > 1 else ""
            yield self.finding(
                site,
                "a layer is frozen with the random weights that it was made with",
                evidence=f"{first.name}{others} did not change in {self.scene.step - first.step} steps and held the "
                f"values that torch drew for a new layer; {first.beside}",
                remedy="freeze what was trained before, and leave what is new; or load the weights that it should have",
            )

    def _own_bias(self, layer: nn.Module) -> str:
        bias = layer._parameters.get("bias")  # noqa: SLF001 - `getattr` could run a property of the user's
        return "its own bias learns" if bias is not None and bias.requires_grad and self._is_held(bias) else ""

    def _below(self, model: nn.Module, args: tuple[object, ...]) -> str:
        """Tell what learns below a layer: enough for a training of the whole model, and in the same one."""
        inputs = [each for each in args if isinstance(each, Tensor) and each.requires_grad]
        own = list(model.parameters())
        frozen, learning = (sum(each.numel() for each in own if each.requires_grad is on) for on in (False, True))
        if not inputs or learning < _MANY * frozen:
            return ""
        ids = {id(each) for each in own}
        below = [each for each in leaves_behind(inputs).reached if id(each) in ids and self._is_held(each)]
        return f"{len(below)} parameters below it learn" if below else ""

    def _is_held(self, parameter: Tensor) -> bool:
        return any(each is parameter for each in self.scene.held())


def _weight_of(layer: nn.Module) -> nn.Parameter | None:
    """Return the weight of a layer of torch that draws it evenly round zero."""
    return layer._parameters.get("weight") if type(layer) in _LAYERS else None  # noqa: SLF001 - as above


_LAYERS = frozenset({nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d})


def _is_unwritten(weight: Tensor) -> bool:
    """Tell whether nobody but `reset_parameters` wrote a weight."""
    return weight._version == _UNTOUCHED  # noqa: SLF001 - counts writes in place


def _is_as_made(weight: Tensor) -> bool:
    """Tell whether a weight is as `reset_parameters` leaves it; a write through `.data` does not count as one."""
    if not _is_unwritten(weight) or weight.numel() < _FEWEST or weight.is_meta:
        return False
    bound = 1 / sqrt(weight[0].numel())
    values = weight.detach()
    largest, spread = values.abs().max().item() / bound, values.std().item() * sqrt(3) / bound
    return 0.7 < largest <= 1.001 and 0.75 < spread < 1.25  # even between the bounds
