"""The same training, written once for each library as its documentation shows it.

Every contender trains the same network with Adam on the digits, in shuffled batches, without validation. All of
them log the loss of each step where their library has a place for it, except "all off".
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

import retorch


@dataclass(frozen=True)
class Size:
    """How large a step is, and how many are taken: the first ones are not counted."""

    name: str
    hidden: tuple[int, ...]
    batch_size: int
    epochs: int
    warm_up_epochs: int


class Clock:
    """Reads the clocks at the first counted step and at the last one."""

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last = first, last
        self.steps = 0
        self._readings: list[tuple[float, float]] = []

    def tick(self) -> None:
        if self.steps in (self._first, self._last):
            self._readings.append((time.perf_counter(), time.process_time()))
        self.steps += 1

    def per_step(self) -> tuple[float, float]:
        """Return wall-clock and processor seconds; the latter are those of all threads of the process."""
        start, end = self._readings
        count = self._last - self._first
        return (end[0] - start[0]) / count, (end[1] - start[1]) / count


class Network(nn.Sequential):
    """A perceptron whose forward pass is the one place that all loops share, so the clock is read there."""

    def __init__(self, hidden: tuple[int, ...], clock: Clock) -> None:
        sizes = (64, *hidden)
        layers = [layer for pair in zip(sizes, hidden, strict=False) for layer in (nn.Linear(*pair), nn.ReLU())]
        super().__init__(*layers, nn.Linear(sizes[-1], 10))
        self._tick = clock.tick

    def forward(self, inputs: Tensor) -> Tensor:
        self._tick()
        return super().forward(inputs)


class OwnDataset(Dataset[tuple[Tensor, Tensor]]):
    """Samples one by one, as most data sets give them: nobody can fetch a whole batch at once."""

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        self._inputs, self._targets = inputs, targets

    def __len__(self) -> int:
        return len(self._inputs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self._inputs[index], self._targets[index]


@dataclass
class Job:
    """One training: its parts, fresh, and a folder for what a library wants to write."""

    size: Size
    folder: Path
    criterion: nn.Module = field(default_factory=nn.CrossEntropyLoss)

    def __post_init__(self) -> None:
        retorch.seed_everything(0)
        images, labels = load_digits(return_X_y=True)
        self.inputs = torch.tensor(images[:1440], dtype=torch.float32) / 16
        self.targets = torch.tensor(labels[:1440], dtype=torch.int64)
        self.batches = -(-len(self.inputs) // self.size.batch_size)
        self.steps = self.size.epochs * self.batches
        self.clock = Clock(self.size.warm_up_epochs * self.batches, self.steps - 1)
        self.network = Network(self.size.hidden, self.clock)

    @property
    def epochs(self) -> int:
        return self.size.epochs

    def optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.network.parameters(), lr=1e-3)

    def loader(self, dataset: Dataset[Any] | None = None) -> DataLoader[Any]:
        dataset = dataset or TensorDataset(self.inputs, self.targets)
        return DataLoader(dataset, batch_size=self.size.batch_size, shuffle=True)

    def own_loader(self) -> DataLoader[Any]:
        return self.loader(OwnDataset(self.inputs, self.targets))


def hand(job: Job, loader: DataLoader[Any] | None = None) -> None:
    network, optimizer, loader = job.network, job.optimizer(), loader or job.loader()
    for _ in range(job.epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = job.criterion(network(inputs), targets)
            loss.backward()
            optimizer.step()


def hand_own_dataset(job: Job) -> None:
    hand(job, job.own_loader())


def hand_index_select(job: Job) -> None:
    network, optimizer = job.network, job.optimizer()
    for _ in range(job.epochs):
        for rows in torch.randperm(len(job.inputs)).split(job.size.batch_size):
            inputs, targets = job.inputs.index_select(0, rows), job.targets.index_select(0, rows)
            optimizer.zero_grad()
            loss = job.criterion(network(inputs), targets)
            loss.backward()
            optimizer.step()


def retorch_run(job: Job, loader: DataLoader[Any] | None = None) -> None:
    network, optimizer, loader = job.network, job.optimizer(), loader or job.loader()
    with retorch.Run(job.folder / "run", seed=0, model=network, optimizer=optimizer) as run:
        for _ in run.epochs(job.epochs):
            for inputs, targets in run.steps(loader):
                optimizer.zero_grad()
                loss = job.criterion(network(inputs), targets)
                loss.backward()
                optimizer.step()
                run.log(loss=loss)


def retorch_run_own_dataset(job: Job) -> None:
    retorch_run(job, job.own_loader())


def retorch_trainer(job: Job, **settings: Any) -> None:
    metrics = {"accuracy": lambda outputs, targets: (outputs.argmax(1) == targets).float()}
    trainer = retorch.Trainer(job.network, job.optimizer(), loss=job.criterion, metrics=metrics, seed=0)
    data = (job.inputs, job.targets)
    trainer.fit(data, epochs=job.epochs, batch_size=job.size.batch_size, run=job.folder / "run", **settings)


def retorch_trainer_saving(job: Job) -> None:
    retorch_trainer(job, checkpoint_seconds=0.1)


def lightning(job: Job, *, log: bool = True, **settings: Any) -> None:
    import lightning as L  # noqa: N812, PLC0415 - the name that its documentation gives it

    class Module(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = job.network

        def training_step(self, batch: Any, _: int) -> Tensor:
            inputs, targets = batch
            loss = job.criterion(self.network(inputs), targets)
            if log:
                self.log("loss", loss, prog_bar=True)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return job.optimizer()

    L.Trainer(max_epochs=job.epochs, default_root_dir=job.folder, **settings).fit(Module(), job.loader())


def lightning_all_off(job: Job) -> None:
    lightning(
        job, log=False, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip


def accelerate(job: Job) -> None:
    from accelerate import Accelerator  # noqa: PLC0415

    accelerator = Accelerator()
    network, optimizer, loader = accelerator.prepare(job.network, job.optimizer(), job.loader())
    for _ in range(job.epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = job.criterion(network(inputs), targets)
            accelerator.backward(loss)
            optimizer.step()


def ignite(job: Job) -> None:
    from ignite.engine import Engine, Events, create_supervised_trainer  # noqa: PLC0415

    trainer = create_supervised_trainer(job.network, job.optimizer(), job.criterion)

    @trainer.on(Events.ITERATION_COMPLETED(every=100))  # as its quickstart does
    def tell(engine: Engine) -> None:
        print(f"Epoch[{engine.state.epoch}], Iter[{engine.state.iteration}] Loss: {engine.state.output:.2f}")

    trainer.run(job.loader(), max_epochs=job.epochs)


def skorch(job: Job) -> None:
    from skorch import NeuralNetClassifier  # noqa: PLC0415

    net = NeuralNetClassifier(
        job.network, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=1e-3, max_epochs=job.epochs,
        batch_size=job.size.batch_size, iterator_train__shuffle=True, train_split=None,
    )  # fmt: skip
    net.fit(job.inputs.numpy(), job.targets.numpy())


@dataclass(frozen=True)
class Contender:
    """What is measured.

    Attributes:
        label: in the table.
        train: trains a job.
        package: what to install for it.
        over: the loop that it is compared with.
        goal: at most so many times that loop, on a small and on a large step.
        variant: whether `--quick` may leave it out, because another contender is much the same.
    """

    label: str
    train: Callable[[Job], None]
    package: str = "retorch"
    over: str = "hand"
    goal: tuple[float, float] | None = None
    variant: bool = False


CONTENDERS = {
    "hand": Contender("hand loop, DataLoader", hand),
    "hand_index_select": Contender("hand loop, index_select", hand_index_select, variant=True),
    "hand_own_dataset": Contender("hand loop, DataLoader, own Dataset", hand_own_dataset, variant=True),
    "run": Contender("retorch Run, DataLoader", retorch_run, goal=(1.05, 1.01)),
    "run_own_dataset": Contender(
        "retorch Run, DataLoader, own Dataset",
        retorch_run_own_dataset,
        over="hand_own_dataset",
        goal=(1.05, 1.01),
        variant=True,
    ),
    "trainer": Contender("retorch Trainer", retorch_trainer, goal=(0.90, 1.01)),
    "trainer_saving": Contender("retorch Trainer, saving each 0.1 s", retorch_trainer_saving, variant=True),
    "lightning": Contender("Lightning", lightning, "lightning"),
    "lightning_all_off": Contender("Lightning, all off", lightning_all_off, "lightning", variant=True),
    "accelerate": Contender("Accelerate", accelerate, "accelerate"),
    "ignite": Contender("Ignite", ignite, "pytorch-ignite"),
    "skorch": Contender("skorch", skorch, "skorch"),
}


def train(name: str, size: Size, folder: Path) -> tuple[float, float]:
    """Train once and return the wall-clock and the processor seconds of a step."""
    job = Job(size, folder)
    before = job.network[0].weight.detach().clone()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable()
        CONTENDERS[name].train(job)
    if job.clock.steps != job.steps or torch.equal(before, job.network[0].weight):
        raise RuntimeError(f"{name} took {job.clock.steps} steps of {job.steps}, or trained another network")
    return job.clock.per_step()
