"""What the rules about equal first weights have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import BackwardBegins, PartRegistered, StateLoaded
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import parameters

# Fewer different values than this share of all are no random numbers.
_RANDOM = 0.5


class EqualWeightsRule(Rule):
    """What the two rules have in common: they look at stacks that the user has made, or torch."""

    made_by_torch: ClassVar[bool]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # By identity: a module may have a hash of its own.
        self._filled_at = WeakIdKeyDictionary()
        self._by_torch = WeakIdKeyDictionary()
        self._loaded = WeakIdKeyDictionary()
        self._judged = WeakIdKeyDictionary()

    @sees(PartRegistered)
    def remember(self, seen: PartRegistered) -> None:
        """Remember which line put the layers into a list, and which lists torch has made."""
        if isinstance(seen.module, (nn.ModuleList, nn.Sequential)):
            if isinstance(seen.part, nn.Module):
                self._filled_at[seen.module] = seen.site
        elif isinstance(seen.part, nn.Module) and type(seen.module).__module__.startswith("torch.nn."):
            self._by_torch[seen.part] = True

    @sees(StateLoaded)
    def forgive(self, seen: StateLoaded) -> None:
        """Copies of a trained layer are another matter."""
        if isinstance(seen.owner, nn.Module):
            self._loaded.update((module, True) for module in seen.owner.modules())

    @sees(BackwardBegins)
    def judge(self, _: BackwardBegins) -> Iterator[Finding]:
        """Judge each stack that an optimizer holds, before the first step."""
        if self.scene.step:
            return
        for stack in [stack for stack in self._filled_at if stack not in self._judged]:
            owners = [each for each in self.scene.optimizers if _holds(each, stack)]
            if owners:
                self._judged[stack] = True
                yield from self._judge(stack)

    def _judge(self, stack: nn.Module) -> Iterator[Finding]:
        if stack in self._loaded or (stack in self._by_torch) is not self.made_by_torch:
            return
        site = self._filled_at[stack]
        layers = list(stack.children())
        for number, layer in enumerate(layers[1:], 1):
            if equal := _equal_weights(layers[0], layer):
                yield self.finding(
                    site,
                    f"the {type(layer).__name__} layers of this stack begin with the same random weights",
                    evidence=f"{equal} of layers 0 and {number} is equal to the bit before the first step",
                    remedy="build each layer anew, or draw new weights for each (reset_parameters, nn.init)",
                )
                return


def _holds(optimizer: Optimizer, stack: nn.Module) -> bool:
    """Tell whether one optimizer has all of a stack; where each layer has its own they are players, or clients."""
    held = {id(each) for each in held_by(optimizer)}
    return all(id(each) in held for each in stack.parameters() if each.requires_grad)


def _equal_weights(one: nn.Module, other: nn.Module) -> str:
    """Return the name of the first random weight if all random weights of two layers are equal; "" otherwise."""
    if type(one) is not type(other):
        return ""
    theirs = dict(other.named_parameters())
    first = ""
    for name, weight in one.named_parameters():
        twin = theirs.get(name)
        if twin is None or twin is weight or twin.shape != weight.shape:
            return ""
        if weight.requires_grad and weight.dim() > 1:
            if not torch.equal(weight, twin):
                return ""
            if _is_random(weight):
                first = first or parameters(name, tuple(weight.shape))
    return first


def _is_random(weight: Tensor) -> bool:
    values = weight.detach().flatten()[:256]
    return len(values) > 1 and len(values.unique()) > _RANDOM * len(values)
