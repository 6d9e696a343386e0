"""`requires_grad` written onto a module, which has no such switch."""

from __future__ import annotations

import dis
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from types import FrameType, FunctionType
from weakref import ref

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.weak import WeakIdKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import AttributeSet, Ended, ParameterMade, StepBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.lines import Site, locals_of, user_frame


@dataclass(slots=True)
class _Set:
    """An assignment to `requires_grad` of a module.

    Attributes:
        module: it.
        kind: of module.
        value: what was assigned.
        site: where.
        frozen: the names of its parameters that were frozen then, and not from their birth on.
        of: how many parameters it had.
        against: what its parameters were instead, in the last step.
        steps: how many steps there were since in which they were.
    """

    module: ref[nn.Module]
    kind: str
    value: bool
    site: Site
    frozen: frozenset[str]
    of: int
    against: str = ""
    steps: int = 0

    @property
    def is_partly(self) -> bool:
        """Whether it says that all shall learn, where some did and some did not: the others may be meant."""
        return self.value and len(self.frozen) < self.of


class RequiresGradSetOnAModule(Rule):
    """`module.requires_grad = ...` only gives the module an attribute; its parameters do not notice.

    Why it matters: what should be frozen is trained, or what should be trained stays frozen.

    When it is fine: Never, where no code of the module's own class sets or reads the attribute, and where optimizers go
    on training what it says is frozen, or all that it says shall learn stays frozen to the end. Where a part of that
    was frozen and stays so it is a warning; what was built as frozen, such as a table of positions, does not count.

    Wrong: `model.backbone.requires_grad = False`.

    Right: `model.backbone.requires_grad_(False)`, with the underscore.

    Reported: https://github.com/CSCYQJ/MICCAI23-ProtoContra-SFDA/issues/18
    """

    name = "requires-grad-set-on-a-module"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._own = WeakIdKeyDictionary()
        self._born_frozen = WeakIdKeyDictionary()
        self._set: list[_Set] = []

    @sees(ParameterMade)
    def remember_birth(self, seen: ParameterMade) -> None:
        """Remember a parameter that was never meant to learn."""
        if not seen.parameter.requires_grad:
            self._born_frozen[seen.parameter] = True

    @sees(AttributeSet)
    def remember(self, seen: AttributeSet) -> None:
        """Remember who wrote it onto a module from outside."""
        module = seen.module
        if seen.name != "requires_grad" or hasattr(type(module), "requires_grad"):
            return
        if module in self._own or _is_method_of(user_frame(), module) or _reads_its_own(type(module)):
            self._own[module] = True
        elif isinstance(seen.value, bool):
            self._set = [each for each in self._set if each.module() is not module or each.steps > 1]
            frozen = frozenset(name for name, each in module.named_parameters() if self._is_frozen(each))
            count = len(list(module.parameters()))
            self._set.append(_Set(ref(module), type(module).__name__, seen.value, seen.site, frozen, count))

    @sees(StepBegins)
    def compare(self, seen: StepBegins) -> None:
        """Look whether the parameters contradict it in a step of training."""
        for each in tuple(self._set):
            module = each.module()
            if module is None:
                continue
            parameters: dict[str, Tensor] = dict(module.named_parameters())
            if each.value and not all(name in parameters and self._is_frozen(parameters[name]) for name in each.frozen):
                self._set.remove(each)
            elif against := _still_frozen(each) if each.value else _trained(parameters.values(), seen.optimizer):
                each.against = against
                each.steps += 1

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end: what shall learn may be set free later."""
        for each in self._set:
            if each.steps > 1:
                found = self._found(each)
                yield replace(found, grade="warning") if each.is_partly else found

    def _is_frozen(self, parameter: Tensor) -> bool:
        return not parameter.requires_grad and parameter not in self._born_frozen

    def _found(self, done: _Set) -> Finding:
        return self.finding(
            done.site,
            f"requires_grad = {done.value} on a module changes nothing: it is an attribute that nobody reads",
            evidence=f"{done.kind}: {done.against} in {done.steps} steps of training after it",
            remedy=f"requires_grad_({done.value}), a method, reaches its parameters",
        )


def _still_frozen(done: _Set) -> str:
    return f"{len(done.frozen)} of {done.of} parameters were frozen" if done.frozen else ""


def _trained(parameters: Collection[Tensor], optimizer: Optimizer) -> str:
    held = {id(each) for each in held_by(optimizer)}
    trained = [each for each in parameters if each.requires_grad and each.grad is not None and id(each) in held]
    return f"{len(trained)} of {len(parameters)} parameters were trained" if trained else ""


def _is_method_of(frame: FrameType | None, module: nn.Module) -> bool:
    if frame is None or not frame.f_code.co_argcount:
        return False
    return locals_of(frame).get(frame.f_code.co_varnames[0]) is module


def _reads_its_own(kind: type) -> bool:
    """Tell whether a method of a class reads `self.requires_grad`: then the attribute means something to it."""
    bases = [base for base in kind.__mro__ if not base.__module__.startswith("torch.")]
    return any(_reads(each) for base in bases for each in vars(base).values() if isinstance(each, FunctionType))


def _reads(method: FunctionType) -> bool:
    if "requires_grad" not in method.__code__.co_names or not method.__code__.co_varnames:
        return False
    return any(
        now.opname == "LOAD_ATTR" and now.argval == "requires_grad" and before.argval == method.__code__.co_varnames[0]
        for before, now in pairwise(dis.get_instructions(method))
    )
