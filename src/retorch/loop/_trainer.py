"""`Trainer`: the whole job, written on `Run`. Read `fit`: step, validate, save, in the order in which they happen."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import default_collate

from retorch.data import Pass, Source, adopt
from retorch.errors import EmptyLoader, RunMismatch, UsageError, notice
from retorch.events import Observer
from retorch.loggers import progress
from retorch.loop._averages import Scores
from retorch.loop._evaluation import evaluating
from retorch.loop._journal import Journal
from retorch.loop._monitors import Best, EarlyStopping, Mode, Tracker, pick
from retorch.loop._optimizing import Optimizing, drop_gradients
from retorch.loop._precision import Name, Precision
from retorch.loop._result import Result
from retorch.loop._run import Run
from retorch.loop._settings import (
    check_monitored,
    check_part_names,
    check_schedule,
    check_settings,
    check_trained,
    check_validation,
    plain_config,
)
from retorch.loop._setup import choose_device, make_average, make_forward, make_loader, move_state
from retorch.loop._summary import summary
from retorch.loop._task import Outcome, StepFunction, Task
from retorch.loop._walks import check_epochs
from retorch.randomness import current_seed, key
from retorch.recorder import Level
from retorch.tensors import count_samples, map_tensors, to_device

# The names of the parts that a Trainer carries itself, and of the arguments of Run.
_TAKEN = {"trainer", "average", "scaler", "loss", *inspect.signature(Run).parameters}


class Trainer:
    """Train a model: loop, validation, metrics, precision, checkpoints, exact resume.

    Args:
        model: moved to `device` here; its own device-less code needs no change.
        optimizer: over the model's parameters, built before or after the move.
        loss: a criterion of (outputs, targets) that gives their mean, for batches of (inputs, targets).
        step: instead of `loss`, a function of (model, batch) that returns the loss, or a mapping with "loss" and other
            scalars to log.
        metrics: by name: a function of (outputs, targets) that gives a mean or one value a sample, or a torchmetrics
            object. Computed in validation, averaged over samples.
        scheduler: a torch learning-rate scheduler.
        schedule: when it steps: after each "step", each "epoch", or each epoch on a validation metric ("loss").
        precision: "fp32", "bf16" (autocast) or "fp16" (autocast and gradient scaling).
        accumulate: micro-batches an optimizer step; their losses are weighted by their numbers of samples.
        clip_norm: the largest norm of all gradients together, after unscaling; None clips nothing.
        compile: compile the model with `torch.compile`; a mapping gives its options. Shapes are compiled one by one
            (`dynamic=False`), because otherwise the bits would depend on which shapes the process met before.
        device: "auto" takes the accelerator where there is one.
        seed: of every random stream. None takes the one given to `seed_everything`.
        average: decay of an exponential moving average of the weights, in [0, 1); validation then uses the average.
        early_stopping: when to stop by a validation metric.
        best: the validation metric whose best checkpoint is kept: "loss", or ("accuracy", "max").
        threads: logical CPU threads of the run; None takes what torch has.
        observers: what watches the run.
        parts: more named things to carry in checkpoints.

    Raises:
        UsageError: settings that contradict each other.
        OptimizerError: the optimizer holds none of the model's parameters.

    >>> model = torch.nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> trainer = Trainer(model, optimizer, loss=torch.nn.MSELoss(), seed=7, device="cpu")
    >>> result = trainer.fit((torch.zeros(8, 2), torch.zeros(8, 1)), epochs=2, batch_size=4, quiet=True)
    >>> result.steps
    4
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        *,
        loss: Callable[[Any, Any], Tensor] | None = None,
        step: StepFunction | None = None,
        metrics: Mapping[str, Any] | None = None,
        scheduler: Any = None,
        schedule: str = "epoch",
        precision: Name = "fp32",
        accumulate: int = 1,
        clip_norm: float | None = None,
        compile: bool | Mapping[str, Any] = False,  # noqa: A002 - the field's own word
        device: str | torch.device = "auto",
        seed: int | None = None,
        average: float | None = None,
        early_stopping: EarlyStopping | None = None,
        best: str | tuple[str, Mode] | None = None,
        threads: int | None = None,
        observers: Sequence[Observer] = (),
        parts: Mapping[str, Any] | None = None,
    ) -> None:
        check_settings(loss, metrics, accumulate, clip_norm, average)
        check_trained(model, optimizer)
        check_schedule(scheduler, schedule, optimizer)
        check_part_names(parts or {}, _TAKEN)
        self.device = choose_device(device)
        self.model = model.to(self.device)
        self.optimizer = optimizer
        move_state(optimizer)
        self.scheduler = scheduler
        self.seed = seed
        self._loss = loss.to(self.device) if isinstance(loss, nn.Module) else None
        self._task = Task(loss, step)
        self._metrics = dict(metrics or {})
        self._schedule = schedule
        self._accumulate = accumulate
        self._threads = threads
        self._observers = tuple(observers)
        self._parts = dict(parts or {})
        self._average = make_average(model, average)
        self._deciders = (Tracker.of(best) if best else None, early_stopping)
        self._journal = self._new_journal()
        self._forward = make_forward(model, compile)
        self._precision = Precision(precision, self.device)
        self._optimizing = Optimizing(
            task=self._task, forward=self._forward, optimizer=optimizer, precision=self._precision,
            device=self.device, clip_norm=clip_norm, scheduler=scheduler if schedule == "step" else None,
            average=self._average, model=model,
        )  # fmt: skip
        self._settings = {
            "precision": precision, "accumulate": accumulate, "clip_norm": clip_norm, "compile": bool(compile),
            "average": average, "schedule": schedule if scheduler is not None else None,
        }  # fmt: skip

    def fit(
        self,
        train: Any,
        valid: Any = None,
        *,
        epochs: int,
        batch_size: int = 32,
        run: str | Path | None = None,
        shuffle: bool = True,
        workers: int = 0,
        validate_every: Literal["epoch"] | int | None = "epoch",
        checkpoint_seconds: float | None = 10.0,
        checkpoint_steps: int | None = None,
        keep_last: int = 2,
        keep_every: int | None = None,
        record: Level | None = None,
        record_every: int = 500,
        config: Any = None,
        recipe: str | None = None,
        quiet: bool = False,
    ) -> Result:
        """Train, and go on where a run of the same folder was killed.

        Args:
            train: a map-style data set, tensors or arrays of equal length, a `retorch.Loader` or a `DataLoader`.
            valid: the same, for validation; never shuffled.
            epochs: how many in the whole run, those before a resume included.
            batch_size: samples a micro-batch, where `train` is no loader.
            run: the run folder; None keeps nothing.
            shuffle: a new order each epoch, where `train` is no loader.
            workers: processes that fetch samples, where `train` is no loader; any number gives the same bits.
            validate_every: "epoch", a number of steps (and at each epoch's end), or None.
            checkpoint_seconds: the time between checkpoints at least, None for none by time.
            checkpoint_steps: a checkpoint after every so many steps, None for none by steps.
            keep_last: how many of the newest checkpoints are kept, besides the best.
            keep_every: checkpoints whose step is a multiple of this are kept for good.
            record: how much is recorded besides the metrics, for `retorch diff`: "light", "full" or "off"; see `Run`.
            record_every: steps between two records of all parameters, buffers and optimizer state.
            config: a mapping or pydantic model to record, and to compare when the run goes on.
            recipe: the recipe's name or file, recorded for `retorch resume`.
            quiet: no bar, no lines, no summary.

        Returns:
            The result; for a run that is finished already, at once.

        Raises:
            RunInterrupted: Ctrl-C or SIGTERM came; the step was finished and saved.
            LossError, EmptyLoader, RunMismatch, RunBusy: as their messages say.
        """
        self._journal = self._new_journal()
        schedule = self._schedule if self.scheduler is not None else "step"
        check_epochs(epochs)
        check_validation(valid, validate_every, self._journal, schedule)
        if valid is not None:
            check_monitored(self._journal, schedule, self._metrics, own_step=self._task.own_step)
        train_loader = make_loader(train, batch_size, shuffle=shuffle, workers=workers)
        valid_source = None if valid is None else adopt(make_loader(valid, batch_size, shuffle=False, workers=workers))
        self._wake_model()
        drop_gradients(self.optimizer)  # what a backward before the training left is none of its steps
        job = self._open_run(
            run, checkpoint_seconds=checkpoint_seconds, checkpoint_steps=checkpoint_steps, keep_last=keep_last,
            keep_every=keep_every, record=record, record_every=record_every, config=plain_config(config), recipe=recipe,
            settings={**self._settings, "batch_size": batch_size},
            observers=self._observers if quiet else (*self._observers, progress(best=self._journal.best_metric)),
        )  # fmt: skip
        if not quiet:
            print(summary(self.model), file=sys.stderr, flush=True)  # noqa: T201 - what one sees
        with job:
            if valid is not None:
                job.note_data(validation=getattr(valid, "dataset", valid))
            for epoch in job.epochs(epochs):
                for window in job.steps(train_loader, window=self._accumulate):
                    self._train_step(job, window)
                    if _falls_due(validate_every, job.step + 1):
                        self._validate(job, valid_source, job.step + 1)
                if validate_every is not None and not _falls_due(validate_every, job.step):
                    self._validate(job, valid_source, job.step)
                self._end_epoch(job, epoch)
            return self._result(job, epochs)

    def evaluate(self, data: Any, *, batch_size: int = 256, workers: int = 0) -> dict[str, float]:
        """Return loss and metrics over a data set, means over its samples; modes and random streams stay.

        Raises:
            EmptyLoader: the data set is empty.
        """
        source = adopt(make_loader(data, batch_size, shuffle=False, workers=workers))
        with evaluating(*self._evaluated()):
            return self._score(source, 0)

    def predict(self, data: Any, *, batch_size: int = 256, workers: int = 0) -> Any:
        """Return the model's outputs for every sample of a data set, on the CPU, in eval mode, without gradients.

        Args:
            data: inputs, or (inputs, targets), whose targets are not used.
            batch_size: samples a batch.
            workers: processes that fetch samples.

        Returns:
            One tensor [N, ...] where the model gives a tensor, else the list of its outputs, one a batch.
        """
        source = adopt(make_loader(data, batch_size, shuffle=False, workers=workers))
        with evaluating(*self._evaluated()):
            outputs = [map_tensors(self._outputs(_inputs(batch)), Tensor.cpu)
                       for batch in source.open(self._any_seed(), Pass(0))]  # fmt: skip
        if not outputs:
            raise EmptyLoader("there is nothing to predict: the data set gave no batch")
        return torch.cat(outputs) if all(isinstance(output, Tensor) for output in outputs) else outputs

    def predict_one(self, sample: Any) -> Any:
        """Return the model's output for one sample: the batch axis is added and taken off again.

        Args:
            sample: the inputs of one sample as a data set gives them: a tensor or array [...] without batch axis, a
                number, or a structure of these.

        Returns:
            The output without batch axis, on the CPU, in eval mode, without gradients. BatchNorm, which refuses or
            misreads a sample without batch axis, sees a batch of one and its running statistics.
        """
        with evaluating(*self._evaluated()):
            outputs = self._outputs(default_collate([sample]))
        return map_tensors(outputs, lambda tensor: (tensor[0] if tensor.dim() else tensor).cpu())

    # The steps of the loop.

    def _train_step(self, job: Run, window: list[Any]) -> None:
        values, samples = self._optimizing.take(window, job.micro_batches(window), job.step)
        self._journal.loss.add(values["loss"], samples)
        job.log(**values)

    def _validate(self, job: Run, source: Source | None, done: int) -> None:
        if source is None:
            return
        with job.evaluating(*self._evaluated()):
            scores = self._score(source, done)
            job.record(scores, phase="validation", step=done)
        self._journal.validation = scores
        self._decide(job, scores, done)

    def _decide(self, job: Run, scores: dict[str, float], done: int) -> None:
        journal = self._journal
        if journal.tracker is not None and journal.tracker.improved(scores, done):
            job.checkpoint("best")
        reason = journal.early_stopping.judge(scores, done) if journal.early_stopping else None
        if reason is not None:
            job.stop(reason)

    def _end_epoch(self, job: Run, epoch: int) -> None:
        self._journal.refuse_infinite()
        if self.scheduler is not None and self._schedule != "step":
            on_metric = () if self._schedule == "epoch" else (pick(self._journal.validation, self._schedule),)
            lr = self.optimizer.param_groups[0]["lr"]
            self.scheduler.step(*on_metric)
            job.record({"lr": lr}, phase="epoch")
        job.record(self._journal.close_epoch(epoch, job.step), phase="epoch")
        job.result.update(train={"loss": self._journal.history[-1]["train.loss"]}, validation=self._journal.validation)

    def _score(self, source: Source, step: int) -> dict[str, float]:
        scores = Scores(self._metrics, self.device)
        model = self._forward if self._average is None else self._average
        for batch in source.open(key(self._any_seed(), "validation"), Pass(step)):
            with self._precision.forward():
                outcome = self._task(model, to_device(batch, self.device))
            scores.add_means({"loss": outcome.loss, **outcome.values}, count_samples(batch))
            if self._metrics:
                scores.add(*_compared(outcome))
        if scores.empty:
            raise EmptyLoader("there is nothing to validate on: the validation set gave no batch")
        return scores.compute()

    # Small things.

    def _open_run(self, path: str | Path | None, **settings: Any) -> Run:
        usual = {"average": self._average, "scaler": self._precision.scaler, "loss": self._stateful_loss()}
        parts: dict[str, Any] = {name: part for name, part in usual.items() if part is not None} | self._parts
        return Run(
            path, seed=self.seed, model=self.model, optimizer=self.optimizer, scheduler=self.scheduler,
            threads=self._threads, trainer=self._journal, **parts, **settings,
        )  # fmt: skip

    def _new_journal(self) -> Journal:
        # Copies: what they have seen belongs to one training, and another may be given the same objects.
        tracker, early_stopping = copy.deepcopy(self._deciders)
        return Journal(tracker, early_stopping)

    def _stateful_loss(self) -> nn.Module | None:
        return self._loss if self._loss is not None and self._loss.state_dict() else None

    def _wake_model(self) -> None:
        # Only when the whole model sleeps: a backbone that was put into eval mode on purpose stays there.
        if not self.model.training:
            notice("the model was in eval mode; it is put into train mode for training")
            self.model.train()

    def _evaluated(self) -> tuple[nn.Module, ...]:
        return tuple(module for module in (self._average, self.model, self._loss) if module is not None)

    def _outputs(self, inputs: Any) -> Any:
        model = self._forward if self._average is None else self._average
        with self._precision.forward():
            return model(to_device(inputs, self.device))

    def _any_seed(self) -> int:
        return self.seed if self.seed is not None else current_seed() or 0

    def _result(self, job: Run, epochs: int) -> Result:
        if not job.arrived:
            begun = job.epoch if job.epoch_begins else job.epoch + 1
            raise RunMismatch(
                f"{job.path} has gone as far as epoch {begun}, and epochs={epochs} was asked. "
                f"Ask for at least {begun} epochs, or give another run folder"
            )
        journal = self._journal
        best = journal.tracker.best if journal.tracker else None
        if best is not None:
            best = Best(best.metric, best.value, best.step, job.best_checkpoint)
        return Result(
            run=job.path, steps=job.step, epochs=len(journal.history), reason=job.ended or "finished",
            train={"loss": journal.history[-1]["train.loss"]} if journal.history else {},
            validation=dict(journal.validation), best=best, history=tuple(journal.history),
        )  # fmt: skip


def _compared(outcome: Outcome) -> tuple[Any, Any]:
    if outcome.outputs is None or outcome.targets is None:
        raise UsageError(
            "metrics= compares outputs with targets, and step= returned none: "
            "return {'loss': loss, 'outputs': outputs, 'targets': targets}"
        )
    return outcome.outputs, outcome.targets


def _falls_due(every: Literal["epoch"] | int | None, step: int) -> bool:
    return isinstance(every, int) and step % every == 0


def _inputs(batch: Any) -> Any:
    return batch[0] if isinstance(batch, (tuple, list)) else batch
