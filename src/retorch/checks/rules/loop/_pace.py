"""`Pace`: how often schedulers are stepped, beside the steps of their optimizers and the passes over the data.

One pace serves all rules of a checked piece of code. It holds weak references and plain facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from torch.optim import Optimizer, lr_scheduler

from retorch.checks._held import held_by
from retorch.checks._observations import (
    BatchFetched,
    LoaderBegins,
    Observation,
    OrderDrawn,
    SchedulerMade,
    SchedulerStepped,
    StepDone,
)
from retorch.checks._rule import LookAt, Rule, sees
from retorch.checks._scene import Scene
from retorch.lines import UNKNOWN, Site

# A learning rate that is this small beside its highest value trains nothing.
NOTHING = 1e-3


@dataclass(slots=True, eq=False)
class OptimizerSteps:
    """How many steps an optimizer did.

    Attributes:
        total: in all.
        passes: in each pass over the data, by its number.
    """

    optimizer: ref[Optimizer]
    total: int = 0
    passes: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Schedule:
    """What is known of one scheduler; it stays when the scheduler is gone.

    Attributes:
        optimizer: the steps of its optimizer.
        kind: the name of its class.
        length: after how many of its steps it comes to its end; None where it does not say.
        is_cosine: whether it goes up again after its end.
        calls: how often it was stepped.
        site: where, the last time.
        before: optimizer steps before its first step.
        last: optimizer steps at its last step.
        gaps: the smallest and the largest number of optimizer steps between two of its own.
        peak: the highest learning rate.
        rate: the learning rate now.
        idle: optimizer steps with next to no learning rate, after the peak.
        rates: the learning rate at the end of each pass over the data.
        with_epoch: whether it was ever given the epoch.
    """

    scheduler: ref[Any]
    optimizer: OptimizerSteps
    kind: str
    length: int | None
    is_cosine: bool
    calls: int = 0
    site: Site = UNKNOWN
    before: int = 0
    last: int = 0
    gaps: tuple[int, int] | None = None
    peak: float = 0.0
    rate: float = 0.0
    idle: int = 0
    rates: list[float] = field(default_factory=list)
    with_epoch: bool = False

    @property
    def is_each_batch(self) -> bool:
        """Whether it was stepped as often as the optimizer."""
        return self.gaps is not None and self.gaps[1] <= 1

    @property
    def steps(self) -> int:
        """How many steps the optimizer did."""
        return self.optimizer.total

    @property
    def passes(self) -> list[int]:
        """How many steps the optimizer did in each pass over the data."""
        return list(self.optimizer.passes.values())

    def call(self, seen: SchedulerStepped) -> None:
        """Take note of one of its steps."""
        steps = self.optimizer.total
        if self.calls == 0:
            self.before = steps
        else:
            gap = steps - self.last
            self.gaps = (gap, gap) if self.gaps is None else (min(self.gaps[0], gap), max(self.gaps[1], gap))
        self.calls += 1
        self.last, self.site = steps, seen.site
        self.with_epoch = self.with_epoch or any(given is not None for given in seen.args)

    def stepped(self, rate: float) -> None:
        """Take note of a step of its optimizer."""
        self.rate, self.peak = rate, max(self.peak, rate)
        if rate < NOTHING * self.peak:
            self.idle += 1


@dataclass(slots=True, eq=False)
class Built:
    """One scheduler from the line that builds it to the end; it stays when the scheduler is gone.

    Attributes:
        optimizer: which it was given, and its steps.
        kind: the name of its class.
        site: the line that built it.
        begins_at: its count of steps when it was built.
        is_stepped: whether it was ever stepped, by the user or by another scheduler.
        others: how many steps other optimizers did on the parameters of its optimizer, while that did none.
    """

    scheduler: ref[Any]
    optimizer: OptimizerSteps
    kind: str
    site: Site
    begins_at: int
    is_stepped: bool = False
    others: int = 0

    def look(self) -> None:
        """Notice a step, also one by another scheduler, of which nobody tells."""
        scheduler = self.scheduler()
        if scheduler is not None and getattr(scheduler, "last_epoch", 0) != self.begins_at:
            self.is_stepped = True


class Pace:
    """Follows schedulers, optimizers and loaders.

    A pass over the data is one over a loader in which an optimizer steps; without a loader, what lies between two
    evaluations, or two random orders.

    Attributes:
        schedules: of every scheduler that was stepped.
        built: every scheduler whose building was seen.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = ref(scene)
        self._steps: dict[int, OptimizerSteps] = {}
        self._loader: int | None = None
        self._begun: set[int] = set()
        self._orders = 0
        self._marks = (0, 0)
        self._passes = 0
        self._is_new = True
        self.schedules: list[Schedule] = []
        self.built: list[Built] = []

    def is_new(self) -> bool:
        """Tell whether somebody asks this for the first time."""
        is_new, self._is_new = self._is_new, False
        return is_new

    def follow(self, seen: Observation) -> None:
        """Take note of what happens."""
        match seen:
            case BatchFetched():
                self._loader = id(seen.loader)
            case StepDone():
                self._stepped(seen.optimizer)
            case LoaderBegins():
                self._begun.add(id(seen.loader))
            case OrderDrawn():
                self._orders += 1
            case SchedulerMade():
                self._made(seen)
            case SchedulerStepped():
                self._called(seen)

    def _stepped(self, optimizer: Optimizer) -> None:
        if self._is_new_pass():
            if self._passes:
                for schedule in self.schedules:
                    schedule.rates.append(schedule.rate)
            self._passes += 1
        steps = self.of(optimizer)
        steps.total += 1
        steps.passes[self._passes] = steps.passes.get(self._passes, 0) + 1
        for schedule in self.schedules:
            if schedule.optimizer is steps:
                schedule.stepped(_rate(optimizer))
        for built in self.built:
            if not built.is_stepped:
                built.look()
            if not built.optimizer.total and _overlap(built, optimizer):
                built.others += 1

    def _is_new_pass(self) -> bool:
        if self._loader is not None:
            is_new = self._loader in self._begun
            self._begun.discard(self._loader)
            return is_new
        scene = self._scene()
        marks = (scene.calls["evaluation"] if scene else 0, self._orders)
        is_new = marks != self._marks or not self._passes
        self._marks = marks
        return is_new

    def of(self, optimizer: Optimizer) -> OptimizerSteps:
        """Return the steps of an optimizer; one that wraps another, and shares its groups, is the same one."""
        known = self._steps.get(id(optimizer))
        if known is not None and (known.optimizer() is optimizer or _share_groups(known.optimizer(), optimizer)):
            return known
        same = (each for each in self._steps.values() if _share_groups(each.optimizer(), optimizer))
        known = self._steps[id(optimizer)] = next(same, None) or OptimizerSteps(ref(optimizer))
        return known

    def _made(self, seen: SchedulerMade) -> None:
        scheduler, optimizer = seen.scheduler, _optimizer(seen.scheduler)
        if optimizer is not None:
            begins_at = getattr(scheduler, "last_epoch", 0)
            self.built.append(Built(ref(scheduler), self.of(optimizer), type(scheduler).__name__, seen.site, begins_at))

    def _called(self, seen: SchedulerStepped) -> None:
        for built in self.built:
            built.look()
            built.is_stepped = built.is_stepped or built.scheduler() is seen.scheduler
        optimizer = _optimizer(seen.scheduler)
        if optimizer is None:
            return
        schedule = next((each for each in self.schedules if each.scheduler() is seen.scheduler), None)
        if schedule is None:
            kind = type(seen.scheduler).__name__
            length, is_cosine = _length(seen.scheduler), _is_cosine(seen.scheduler)
            schedule = Schedule(ref(seen.scheduler), self.of(optimizer), kind, length, is_cosine)
            schedule.peak = max(getattr(seen.scheduler, "base_lrs", None) or [0.0])
            self.schedules.append(schedule)
        schedule.call(seen)


class PaceRule(Rule):
    """A rule that judges schedulers at the end.

    The first one of a checked piece of code keeps the pace for all of them.

    Attributes:
        pace: the steps of all schedulers and optimizers.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.pace = scene.shared(Pace)
        self._keeps_the_pace = self.pace.is_new()

    def looks(self) -> Iterator[LookAt]:
        """Leave out what only the first rule needs to see, which is less to do in each step."""
        return (look for look in super().looks() if self._keeps_the_pace or look.method != "keep")

    @sees(StepDone, SchedulerMade, SchedulerStepped, LoaderBegins, BatchFetched, OrderDrawn)
    def keep(self, seen: Observation) -> None:
        """Keep the pace."""
        self.pace.follow(seen)


def _overlap(built: Built, optimizer: Optimizer) -> bool:
    own = built.optimizer.optimizer()
    if own is None or own is optimizer:
        return False
    return not {id(parameter) for parameter in held_by(own)}.isdisjoint(map(id, held_by(optimizer)))


def _rate(optimizer: Optimizer) -> float:
    return max(float(group["lr"]) for group in optimizer.param_groups)


def _optimizer(scheduler: Any) -> Optimizer | None:
    found = getattr(scheduler, "optimizer", None)
    return found if isinstance(found, Optimizer) else None


def _length(scheduler: Any) -> int | None:
    match scheduler:
        case lr_scheduler.OneCycleLR():
            return int(scheduler.total_steps)
        case lr_scheduler.CosineAnnealingLR():
            return int(scheduler.T_max)
        case lr_scheduler.LinearLR() | lr_scheduler.PolynomialLR():
            return int(scheduler.total_iters)
        case lr_scheduler.MultiStepLR():
            return max(scheduler.milestones, default=None)
        case lr_scheduler.SequentialLR():
            last = _length(scheduler._schedulers[-1])  # noqa: SLF001 - one after another
            return None if last is None else int(scheduler._milestones[-1]) + last  # noqa: SLF001 - as above
        case _:
            return None


def _is_cosine(scheduler: Any) -> bool:
    if isinstance(scheduler, lr_scheduler.SequentialLR):
        return _is_cosine(scheduler._schedulers[-1])  # noqa: SLF001 - as above
    return isinstance(scheduler, lr_scheduler.CosineAnnealingLR)


def _share_groups(one: Optimizer | None, other: Optimizer) -> bool:
    return one is not None and one.param_groups is other.param_groups
