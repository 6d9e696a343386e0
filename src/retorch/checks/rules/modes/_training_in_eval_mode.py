"""Training steps with dropout off and batch norm frozen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary, WeakSet

from torch import nn
from torch.optim import Optimizer

from retorch.checks._finding import Finding
from retorch.checks._held import held_by
from retorch.checks._observations import ModeSet, ModuleBegins, OperationDone, StepDone
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import listed
from retorch.checks.rules.modes._dependent import Dependents, depends_on_mode
from retorch.checks.rules.modes._switches import Switches
from retorch.checks.rules.modes._thrown_away import thrown_away
from retorch.lines import Site, user_frame


class TrainingInEvalMode(Rule):
    """A model is trained while it is in eval mode.

    Why it matters: dropout is off and batch norm uses its running statistics, which stand still. The loss falls all the
    same, and the result is another one than that of the paper.

    When it is fine: fine-tuning with all statistics frozen on purpose. Where only some parts are in eval mode, or where
    only some parameters are trained, as in a linear probe, this check is silent.

    Wrong: `validate(model)` calls `model.eval()`, and nothing calls `model.train()` afterwards.

    Right: `model.train()` at the start of each training epoch, or `with retorch.evaluating(model):` round the
    validation, which gives each module its own mode back.

    Reported: https://discuss.pytorch.org/t/model-eval-vs-with-torch-no-grad/19615
    """

    name = "training-in-eval-mode"
    grade = "warning"
    rests = True

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._switches = Switches()
        self._dependents = Dependents()
        # Called with gradients since the last step, in eval mode only, and at least once in train mode.
        self._asleep: WeakKeyDictionary[nn.Module, Site] = WeakKeyDictionary()
        self._awake: WeakSet[nn.Module] = WeakSet()
        # Called without gradients since it was put into eval mode: the mode was meant for that.
        self._evaluated: WeakSet[nn.Module] = WeakSet()

    @sees(ModeSet, always=True)
    def remember(self, seen: ModeSet) -> None:
        """Remember which line put a module into a mode."""
        self._switches.note(seen)
        if not seen.training:
            self._evaluated.discard(seen.module)

    @sees(OperationDone)
    def learn(self, seen: OperationDone) -> None:
        """Learn which modules of the user's depend on the mode."""
        self._dependents.notice(seen)

    @sees(ModuleBegins)
    def collect(self, seen: ModuleBegins) -> None:
        """Collect the models that run with gradients, by their mode."""
        if seen.depth:
            return
        module = self._core(seen.module)
        if not seen.grad_enabled:
            if not module.training:
                self._evaluated.add(module)
        elif module.training:
            # What ran in eval mode before was an attack, a look at the validation data, an action of an agent.
            self._asleep.pop(module, None)
            self._awake.add(module)
        elif module not in self._awake:
            self._asleep[module] = seen.site

    @sees(StepDone)
    def judge(self, seen: StepDone) -> Iterator[Finding]:
        """Judge when an optimizer has changed such a model."""
        if not self._asleep:
            self._awake.clear()
            return
        held = _trained_by(seen.optimizer)
        awake, asleep = _trained_among(self._awake, held), _trained_among(self._asleep, held)
        for module in asleep:
            parts = self._misplaced(module, held)
            if parts and (not awake or module in self._evaluated):
                yield self._found(module, parts, self._asleep[module], seen)
        # A generator that ran before the step of the discriminator waits for its own.
        for module in (*awake, *asleep):
            self._awake.discard(module)
            self._asleep.pop(module, None)

    def look_away(self) -> None:
        """Forget who was called: a step may follow of which nobody tells."""
        self._asleep.clear()
        self._awake.clear()

    def _core(self, module: nn.Module) -> nn.Module:
        """Return what a wrapper wraps, where the user switches that and not the wrapper."""
        inner = module
        while inner.training and (inside := _only_child(inner)) is not None:
            inner = inside
        return module if inner.training or not self._switches.is_switched(inner) else inner

    def _misplaced(self, module: nn.Module, held: set[int]) -> list[nn.Module]:
        """Return the parts that should be in train mode: those that are trained, and dropout where everything is."""
        all_is_trained = bool(held) and all(id(each) in held for each in module.parameters())
        return [
            part
            for part in self._dependents.inside(module, training=False)
            if all_is_trained or (depends_on_mode(part) and any(id(each) in held for each in part.parameters()))
        ]

    def _found(self, module: nn.Module, parts: list[nn.Module], called: Site, seen: StepDone) -> Finding:
        kinds = sorted({type(part).__name__ for part in parts})
        switched = self._switches.last(module, training=False)
        since = f" since {switched.place}" if switched else ""
        return self.finding(
            thrown_away("train") or self._mistaken(module, switched) or called,
            f"{type(module).__name__} is trained in eval mode",
            evidence=f"the step at {seen.site.place} changed it while {listed(list(kinds))} behaved as in validation"
            f"{since}",
            remedy="call model.train() at the start of each training epoch",
        )

    def _mistaken(self, module: nn.Module, switched: Site | None) -> Site | None:
        """Return the line of `eval()`, unless it is at home in a function that made or loaded the model."""
        if switched is None or module in self._evaluated or _is_running(switched):
            return switched
        return None


def _is_running(site: Site) -> bool:
    frame = user_frame()
    while frame is not None:
        if (frame.f_code.co_filename, frame.f_code.co_name) == (site.file, site.function):
            return True
        frame = user_frame(frame.f_back) if frame.f_back is not None else None
    return False


def _trained_by(optimizer: Optimizer) -> set[int]:
    return {id(each) for each in held_by(optimizer) if each.requires_grad}


def _trained_among(modules: Iterable[nn.Module], held: set[int]) -> list[nn.Module]:
    return [module for module in modules if any(id(each) in held for each in module.parameters())]


def _only_child(module: nn.Module) -> nn.Module | None:
    """Return the one child that has all parameters of a module."""
    children = [child for child in module.children() if next(child.parameters(), None) is not None]
    has_its_own = next(module.parameters(recurse=False), None) is not None
    return children[0] if len(children) == 1 and not has_its_own else None
