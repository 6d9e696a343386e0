"""What the probes tell: one type for each thing that a training script does.

An observation holds the user's own objects and lives only while it is handed round. A rule that wants to remember a
tensor or a module keeps a weak reference or plain facts, so that watching keeps nothing alive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any, Literal, TypeAlias

from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.lines import Site, user_site

LineListener: TypeAlias = Callable[[CodeType, int], None]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Observation:
    """Something that happens just now."""

    @property
    def site(self) -> Site:
        """The line of the user's code that did it, looked up when asked: ask while the observation is handed round."""
        return user_site()


@dataclass(frozen=True, slots=True, eq=False)
class Began(Observation):
    """The checker is open and nothing else has happened."""


@dataclass(frozen=True, slots=True, eq=False)
class Ended(Observation):
    """The code has come to its end, also by an exception; a rule says now what only the whole shows."""


@dataclass(frozen=True, slots=True, eq=False)
class BackwardBegins(Observation):
    """`backward`, `torch.autograd.backward` or `torch.autograd.grad` was called; no gradient is written yet.

    Attributes:
        roots: the tensors that it starts from.
        accumulates: whether it writes into `.grad`; `torch.autograd.grad` does not.
        is_weighted: whether gradients of the roots were given, in place of the one that a loss has by itself.
    """

    roots: tuple[Tensor, ...]
    accumulates: bool
    is_weighted: bool


@dataclass(frozen=True, slots=True, eq=False)
class BackwardDone(Observation):
    """A backward pass came to its end without an error.

    Attributes:
        roots: the tensors that it started from; their graphs may be freed.
        accumulates: whether it wrote into `.grad`.
        written: the parameters of known optimizers and modules whose `.grad` it wrote. Empty for `torch.autograd.grad`.
    """

    roots: tuple[Tensor, ...]
    accumulates: bool
    written: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GradientsCleared(Observation):
    """`zero_grad` of an optimizer or of a module is done."""

    owner: Optimizer | nn.Module


@dataclass(frozen=True, slots=True, eq=False)
class GradientsClipped(Observation):
    """`clip_grad_norm_` or `clip_grad_value_` is done.

    Attributes:
        parameters: what was clipped.
        norm: what `clip_grad_norm_` returned; None for the other.
        limit: the norm or value to which it clips.
    """

    parameters: tuple[Tensor, ...]
    norm: Any
    limit: Any


@dataclass(frozen=True, slots=True, eq=False)
class OptimizerMade(Observation):
    """An optimizer was built."""

    optimizer: Optimizer


@dataclass(frozen=True, slots=True, eq=False)
class StepBegins(Observation):
    """`optimizer.step` was called; nothing has changed yet."""

    optimizer: Optimizer


@dataclass(frozen=True, slots=True, eq=False)
class StepDone(Observation):
    """`optimizer.step` is done."""

    optimizer: Optimizer


@dataclass(frozen=True, slots=True, eq=False)
class SchedulerMade(Observation):
    """A scheduler of torch.optim.lr_scheduler, or one that inherits from it, was built.

    Attributes:
        scheduler: it.
    """

    scheduler: Any


@dataclass(frozen=True, slots=True, eq=False)
class SchedulerStepped(Observation):
    """`scheduler.step` was called by the user; the first one, inside its constructor, is not told.

    Attributes:
        scheduler: of torch.optim.lr_scheduler.
        args: what it was called with, such as a metric or an epoch.
    """

    scheduler: Any
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ModeSet(Observation):
    """`module.train()` or `module.eval()` was called by the user; not told for the children that it reaches."""

    module: nn.Module
    training: bool


@dataclass(frozen=True, slots=True, eq=False)
class ModuleBegins(Observation):
    """A module is called; its forward has not run.

    Attributes:
        module: any module.
        args: what it was given: positional arguments, then those given by name.
        depth: 0 for a call by the user's own code outside of every module, one more inside each.
        grad_enabled: whether gradients are recorded.
    """

    module: nn.Module
    args: tuple[Any, ...]
    depth: int
    grad_enabled: bool


@dataclass(frozen=True, slots=True, eq=False)
class ModuleDone(Observation):
    """A module's forward is done.

    Attributes:
        module: any module.
        args: what it was given: positional arguments, then those given by name.
        output: what it returned.
        depth: as in `ModuleBegins`.
        grad_enabled: as in `ModuleBegins`.
    """

    module: nn.Module
    args: tuple[Any, ...]
    output: Any
    depth: int
    grad_enabled: bool


@dataclass(frozen=True, slots=True, eq=False)
class ModuleMoved(Observation):
    """`to`, `cuda`, `half` and the like of a module are done; told for the outermost call only.

    Attributes:
        module: it.
        replaced: whether parameters were replaced by other objects, which an optimizer does not notice.
    """

    module: nn.Module
    replaced: bool


@dataclass(frozen=True, slots=True, eq=False)
class LoaderBegins(Observation):
    """A `DataLoader` (or a retorch one) begins a pass.

    Attributes:
        loader: it.
        number: which pass of this loader it is, from 0.
    """

    loader: Any
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class BatchFetched(Observation):
    """A loader handed out a batch.

    Attributes:
        loader: it.
        number: of the batch in its pass, from 0.
        batch: as the user gets it.
        indices: which samples of the data set the batch was made of; None where the loader does not know.
    """

    loader: Any
    number: int
    batch: Any
    indices: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class LoaderEnded(Observation):
    """A pass over a loader came to its end; not told when it is left by `break`.

    Attributes:
        loader: it.
        batches: how many there were.
    """

    loader: Any
    batches: int


@dataclass(frozen=True, slots=True, eq=False)
class IteratorExhausted(Observation):
    """An iterator of a loader was asked for a batch although it had come to its end before.

    Attributes:
        loader: whose.
        batches: how many it gave until its end.
    """

    loader: Any
    batches: int


@dataclass(frozen=True, slots=True, eq=False)
class StateTaken(Observation):
    """`state_dict()` was called by the user.

    Attributes:
        owner: a module or an optimizer.
        state: what it returned.
    """

    owner: nn.Module | Optimizer
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class StateBegins(Observation):
    """`load_state_dict` was called by the user; nothing is loaded yet.

    Attributes:
        owner: a module or an optimizer.
        state: what it is given.
        strict: as given for a module; True for an optimizer.
    """

    owner: nn.Module | Optimizer
    state: Mapping[str, Any]
    strict: bool


@dataclass(frozen=True, slots=True, eq=False)
class StateLoaded(Observation):
    """`load_state_dict` is done.

    Attributes:
        owner: a module or an optimizer.
        state: what it was given.
        strict: as given for a module; True for an optimizer.
        missing: names that the module has and the state has not.
        unexpected: names that the state has and the module has not.
    """

    owner: nn.Module | Optimizer
    state: Mapping[str, Any]
    strict: bool
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FileSaved(Observation):
    """`torch.save` is done.

    Attributes:
        value: what was saved.
        target: a path or a file.
    """

    value: Any
    target: Any


@dataclass(frozen=True, slots=True, eq=False)
class FileLoaded(Observation):
    """`torch.load` is done.

    Attributes:
        value: what came out.
        target: a path or a file.
    """

    value: Any
    target: Any


@dataclass(frozen=True, slots=True, eq=False)
class SeedBegins(Observation):
    """A global generator is about to be seeded; it still stands where it stood.

    Attributes:
        generator: whose.
        seed: with what.
    """

    generator: Literal["torch", "numpy", "random"]
    seed: Any


@dataclass(frozen=True, slots=True, eq=False)
class Seeded(Observation):
    """A global generator was seeded.

    Attributes:
        generator: whose.
        seed: with what.
    """

    generator: Literal["torch", "numpy", "random"]
    seed: Any


@dataclass(frozen=True, slots=True, eq=False)
class ScalerCalled(Observation):
    """A method of a `GradScaler` is done.

    Attributes:
        scaler: it.
        act: which one.
        given: its first argument, such as the loss or the optimizer; None for none.
        result: what it returned, such as the scaled loss.
    """

    scaler: Any
    act: Literal["scale", "unscale_", "step", "update"]
    given: Any
    result: Any


@dataclass(frozen=True, slots=True, eq=False)
class OperationDone(Observation):
    """A call of torch by Python, in the first steps of each phase only; not those inside of another one.

    Attributes:
        function: such as `torch.Tensor.add_` or `torch.nn.functional.cross_entropy`.
        args: positional arguments.
        kwargs: the others.
        result: what came out.
        inside: the modules whose forward is running, the outermost first.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    result: Any
    inside: tuple[nn.Module, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Written(Observation):
    """A tensor was written in place by a call of torch, in the first steps of each phase only.

    Attributes:
        function: the call that wrote.
        tensor: what was written; its version counter has moved.
    """

    function: Callable[..., Any]
    tensor: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class PartRegistered(Observation):
    """A module is about to get a parameter or a child, by assignment, `register_parameter` or `add_module`.

    Attributes:
        module: the one that gets it.
        name: of the part in it.
        part: a parameter or a module.
        before: what it has under that name so far; None for nothing.
    """

    module: nn.Module
    name: str
    part: Tensor | nn.Module
    before: Tensor | nn.Module | None


@dataclass(frozen=True, slots=True, eq=False)
class AttributeSet(Observation):
    """An attribute of a module was assigned that is neither parameter nor module: a flag, a list, a plain tensor.

    Attributes:
        module: whose.
        name: of the attribute.
        value: what it is now.
    """

    module: nn.Module
    name: str
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class ModuleMade(Observation):
    """A module is being built: it has its type, and nothing else yet. Not told of a copy.

    Attributes:
        module: it.
    """

    module: nn.Module


@dataclass(frozen=True, slots=True, eq=False)
class FetchBegins(Observation):
    """A `DataLoader` without workers is about to ask a map-style data set for the samples of a batch.

    Attributes:
        dataset: it.
        indices: of the samples, as the sampler gave them.
        listeners: append a function to be called after each line of the user's code that runs for this batch, with the
            code and the line's number. That is slow: ask for it seldom. Clear the list to be called no more.
    """

    dataset: Any
    indices: tuple[Any, ...]
    listeners: list[LineListener]


@dataclass(frozen=True, slots=True, eq=False)
class FetchDone(Observation):
    """The samples of a batch are fetched and collated.

    Attributes:
        dataset: as in `FetchBegins`.
        indices: as in `FetchBegins`.
    """

    dataset: Any
    indices: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SettingChanged(Observation):
    """A global setting of torch was assigned.

    Attributes:
        name: such as "torch.backends.cudnn.benchmark".
        value: what it is now.
    """

    name: str
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class LoaderMade(Observation):
    """A `DataLoader` was built.

    Attributes:
        loader: it.
    """

    loader: Any


@dataclass(frozen=True, slots=True, eq=False)
class DataMade(Observation):
    """A `TensorDataset` or a `Subset` was built, also by `random_split`.

    Attributes:
        data: it.
    """

    data: Any


@dataclass(frozen=True, slots=True, eq=False)
class OrderBegins(Observation):
    """The user's code is about to draw a random order, or to shuffle something in place; nothing has moved yet.

    Attributes:
        count: of how many things.
    """

    count: int


@dataclass(frozen=True, slots=True, eq=False)
class OrderDrawn(Observation):
    """The user's code drew a random order, or shuffled something in place.

    Attributes:
        how: by what, for people: "torch.randperm", "random.shuffle", "a shuffle of NumPy".
        count: of how many things.
        number: equal for two that are the same order of as many things.
        order: a permutation of the numbers from 0, or what is shuffled now.
        is_index: whether it is such a permutation, as it was drawn.
    """

    how: str
    count: int
    number: int
    order: Any
    is_index: bool


@dataclass(frozen=True, slots=True, eq=False)
class ArrayTaken(Observation):
    """`torch.from_numpy` is done; `torch.tensor` and the like are operations.

    Attributes:
        array: what it was given.
        tensor: the tensor of the same memory.
    """

    array: Any
    tensor: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class AutocastEntered(Observation):
    """A `with torch.autocast(...)` has begun, perhaps inside of another one."""


@dataclass(frozen=True, slots=True, eq=False)
class CastsForgotten(Observation):
    """The weights that autocast has cast and kept are forgotten, as at the end of the outermost region."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkersSeen(Observation):
    """The worker processes of a pass over a loader have made their first batches; not told where they do not fork.

    Attributes:
        loader: it.
        reports: what each worker told that has made one.
    """

    loader: Any
    reports: tuple[WorkerReport, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ParameterMade(Observation):
    """An `nn.Parameter` was made, also one of a layer that torch builds.

    Attributes:
        parameter: it.
        data: the tensor that it was made of; None for none.
    """

    parameter: Tensor
    data: Tensor | None


@dataclass(frozen=True, slots=True, eq=False)
class OptimizerAttributeSet(Observation):
    """An attribute of an optimizer was assigned that has the name of a setting of its groups, such as `lr`.

    Attributes:
        optimizer: whose.
        name: of the attribute.
        value: what it is now.
    """

    optimizer: Optimizer
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker process of a loader did, as numbers that are equal for equal states and equal samples.

    Attributes:
        worker: from 0.
        before: the state of each generator when the worker was ready: "torch", "numpy", "random", and those that the
            data set holds, by a path such as "dataset.transform.rng".
        after: the same after its first batch.
        rows: its first samples, in order.
    """

    worker: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    rows: tuple[int, ...]
