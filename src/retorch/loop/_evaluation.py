"""Modes and templates: evaluation that gives every mode back, and the two epochs that everybody copies, right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checkpoints import is_generator, remember_generator
from retorch.errors import EmptyLoader, UsageError
from retorch.loop._advice import check_optimizers
from retorch.loop._averages import Average, Scores, mean_over
from retorch.loop._losses import checked_loss
from retorch.loop._task import unpack
from retorch.randomness import current_seed, scoped
from retorch.randomness import key as make_key
from retorch.tensors import count_samples, to_device

_WRITE_THE_LOOP = "Let the loader give pairs, or write the loop with retorch.Run"


@contextmanager
def evaluating(*models: nn.Module, key: int | None = None) -> Iterator[None]:
    """Put models into eval mode, without gradients, inside a `with`; afterwards each module has its own mode back.

    Modes come back also after an exception, and a backbone that was frozen in eval mode stays so, which a plain
    `model.train()` would not do. `eval()` does not switch BatchNorm off: it uses its running statistics.

    Args:
        models: the modules; their children follow.
        key: seeds the global random streams inside, from 0 to 2**32 - 1; they are put back afterwards. None takes
            one derived from the seed last given to `seed_everything`.

    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())
    >>> with evaluating(model):
    ...     model.training, torch.is_grad_enabled()
    (False, False)
    >>> model.training
    True
    """
    stream = make_key(current_seed() or 0, "validation") if key is None else key
    with ExitStack() as stack:
        stack.enter_context(scoped(stream))
        for model in models:
            stack.enter_context(_eval_mode(model))
        stack.enter_context(torch.no_grad())
        yield


@contextmanager
def _eval_mode(model: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        # Through `train` first, because some modules do work when the mode changes (merged adapters, say).
        model.train(modes[0][1])
        for module, mode in modes:
            module.training = mode


@contextmanager
def generators_kept(parts: Mapping[str, Any]) -> Iterator[None]:
    """Put every generator among the parts back to where it was before the block."""
    put_back = [remember_generator(part) for part in parts.values() if is_generator(part)]
    try:
        yield
    finally:
        for restore in put_back:
            restore()


def train_epoch(
    model: nn.Module,
    loader: Iterable[Any],
    optimizer: Optimizer,
    criterion: Callable[[Any, Any], Tensor],
) -> float:
    """Train for one epoch over batches of (inputs, targets): zero_grad, forward, loss, backward, step.

    Args:
        model: put into train mode; batches are moved to the device of its first parameter.
        loader: any iterable of (inputs, targets), sizes [N, ...].
        optimizer: holds the model's parameters.
        criterion: maps (outputs, targets) to the mean loss of the batch, a 0-d tensor; one with reduction="sum" is
            trained on its sums.

    Returns:
        The mean loss over the epoch's samples: batches are weighted by their size, so a smaller last batch counts
        for what it is. A criterion with class weights or ignored targets averages over those inside each batch.

    Raises:
        EmptyLoader: no batch came.
        LossError: the loss is no scalar, not finite, or has no graph.
        OptimizerError: the optimizer holds none of the model's parameters.
        UsageError: a batch is no pair.

    >>> model = torch.nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> train_epoch(model, [(torch.zeros(4, 2), torch.zeros(4, 1))], optimizer, torch.nn.MSELoss()) >= 0
    True
    """
    check_optimizers({"model": model, "optimizer": optimizer})
    device = device_of(model)
    model.train()
    average = Average()
    for number, batch in enumerate(loader):
        inputs, targets = to_device(unpack(batch, _WRITE_THE_LOOP), device)
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        value = checked_loss(loss, f"batch {number}")
        loss.backward()
        optimizer.step()
        count = count_samples(inputs)
        average.add(mean_over("loss", criterion, value, count), count)
    return _mean(average)


def evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    criterion: Callable[[Any, Any], Tensor] | None = None,
    *,
    metrics: Mapping[str, Any] | None = None,
) -> dict[str, float]:
    """Evaluate over batches of (inputs, targets): eval mode, no gradients, exact means, every mode given back.

    Args:
        model: its modes and the global random streams are afterwards what they were before.
        loader: any iterable of (inputs, targets), sizes [N, ...].
        criterion: maps (outputs, targets) to the loss of a batch; None gives no "loss".
        metrics: functions of (outputs, targets) that give a mean or one value a sample, or torchmetrics objects.

    Returns:
        "loss" and each metric, means over samples.

    Raises:
        EmptyLoader: no batch came.
        UsageError: there is nothing to compute, a batch is no pair, or a metric gives no number.

    >>> model = torch.nn.Linear(2, 1)
    >>> sorted(evaluate(model, [(torch.zeros(4, 2), torch.zeros(4, 1))], torch.nn.MSELoss()))
    ['loss']
    """
    device = device_of(model)
    scores = Scores(_wanted(criterion, metrics), device)
    with evaluating(model):
        for batch in loader:
            inputs, targets = to_device(unpack(batch, _WRITE_THE_LOOP), device)
            scores.add(model(inputs), targets)
    if scores.empty:
        raise EmptyLoader("there is nothing to evaluate: the loader gave no batch")
    return scores.compute()


def device_of(model: nn.Module) -> torch.device:
    """Return the device of the first parameter or buffer; the CPU where there is none."""
    for tensor in (*model.parameters(), *model.buffers()):
        return tensor.device
    return torch.device("cpu")


def _wanted(criterion: Any, metrics: Mapping[str, Any] | None) -> dict[str, Any]:
    if criterion is None and not metrics:
        raise UsageError("there is nothing to compute: give evaluate a criterion, metrics=, or both")
    if criterion is not None and metrics and "loss" in metrics:
        raise UsageError("a metric cannot be named 'loss': the criterion has that name")
    return {**({} if criterion is None else {"loss": criterion}), **(metrics or {})}


def _mean(average: Average) -> float:
    if not average.count:
        raise EmptyLoader("there is nothing to train on: the loader gave no batch")
    return average.mean()
