"""Objects with a state continue exactly, and taking their state changes nothing in them."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest
import safetensors.torch
import torch
import torchmetrics
from torch import nn
from torch.optim import lr_scheduler
from trained import Training, folder_bytes, raw, same

import retorch
from retorch.randomness import capture


def test_a_training_continues_to_the_bit(tmp_path, training):
    retorch.save(tmp_path / "c", **training.parts(), epoch=3)
    other = Training()
    assert retorch.load(tmp_path / "c", **other.parts()) == {"epoch": 3}
    assert states(other) == states(training)
    assert states(other.advance(4)) == states(training.advance(4))


def test_saving_again_after_loading_gives_the_same_bytes(tmp_path, training):
    retorch.save(tmp_path / "first", **training.parts())
    other = Training()
    retorch.load(tmp_path / "first", **other.parts())
    retorch.save(tmp_path / "second", **other.parts())
    assert folder_bytes(tmp_path / "first") == folder_bytes(tmp_path / "second")


def test_saving_leaves_every_object_and_every_generator_as_it_was(tmp_path, training):
    before = states(training)
    streams = capture()
    retorch.save(tmp_path / "c", **training.parts())
    assert states(training) == before
    assert repr(capture()) == repr(streams)


def test_weights_are_read_by_anybody_under_their_names(tmp_path, training):
    retorch.save(tmp_path / "c", model=training.model)
    loaded = safetensors.torch.load_file(tmp_path / "c" / "model.safetensors")
    Training().model.load_state_dict(loaded, strict=True)
    assert same(loaded, dict.fromkeys(loaded) | dict(training.model.state_dict()))


def test_an_object_not_asked_for_comes_back_as_its_state(tmp_path, training):
    retorch.save(tmp_path / "c", **training.parts())
    rest = retorch.load(tmp_path / "c", model=Training().model)
    assert same(rest["optimizer"], training.optimizer.state_dict())
    whole = retorch.load(tmp_path / "c")["model"]
    assert same(whole, training.model.state_dict())
    assert whole._metadata == training.model.state_dict()._metadata


SCHEDULERS = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 2),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [1, 3]),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda step: 0.9**step),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=20),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.1),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.ConstantLR(o), lr_scheduler.ExponentialLR(o, 0.9)], [3]
    ),
    "ChainedScheduler": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(o), lr_scheduler.ExponentialLR(o, 0.9)]
    ),
    "ReduceLROnPlateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0),
}


@pytest.mark.parametrize("make", SCHEDULERS.values(), ids=SCHEDULERS)
def test_a_scheduler_goes_on_where_it_was(tmp_path, make):
    optimizer, scheduler = scheduled(make)
    steps(optimizer, scheduler, 4)
    retorch.save(tmp_path / "c", optimizer=optimizer, scheduler=scheduler)
    other_optimizer, other_scheduler = scheduled(make)
    retorch.load(tmp_path / "c", optimizer=other_optimizer, scheduler=other_scheduler)
    assert steps(other_optimizer, other_scheduler, 5) == steps(optimizer, scheduler, 5)


def test_the_state_of_a_schedule_object_is_carried(tmp_path):
    class Warmup:
        def __init__(self):
            self.factor = 0.5

        def __call__(self, step):
            return self.factor

    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0)
    first, second = Warmup(), Warmup()
    first.factor = 0.25
    retorch.save(tmp_path / "c", scheduler=lr_scheduler.LambdaLR(optimizer, first))
    retorch.load(tmp_path / "c", scheduler=lr_scheduler.LambdaLR(optimizer, second))
    assert second.factor == 0.25


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        lambda p: torch.optim.Adam(p, amsgrad=True),
        lambda p: torch.optim.Adam(p, foreach=True),
        lambda p: torch.optim.Adam(p, fused=True),
        torch.optim.Adafactor,
        lambda p: torch.optim.LBFGS(p, max_iter=2),
        lambda p: torch.optim.RMSprop(p, centered=True),
        torch.optim.Adagrad,
        lambda p: torch.optim.SGD(p, lr=torch.tensor(0.1)),
    ],
)
def test_an_optimizer_goes_on_where_it_was(tmp_path, make):
    def build():
        torch.manual_seed(0)
        model = nn.Linear(3, 2)
        return model, make(model.parameters())

    def step(model, optimizer):
        def loss():
            optimizer.zero_grad()
            value = model(torch.ones(4, 3)).square().sum()
            value.backward()
            return value

        optimizer.step(loss)

    model, optimizer = build()
    for _ in range(3):
        step(model, optimizer)
    retorch.save(tmp_path / "c", model=model, optimizer=optimizer)
    other, other_optimizer = build()
    retorch.load(tmp_path / "c", model=other, optimizer=other_optimizer)
    assert same(other_optimizer.state_dict(), optimizer.state_dict())
    step(model, optimizer), step(other, other_optimizer)
    assert same(other.state_dict(), model.state_dict())
    assert same(other_optimizer.state_dict(), optimizer.state_dict())


def test_the_moments_of_channels_last_parameters_keep_their_strides(tmp_path):
    def build():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 2, 3)).to(memory_format=torch.channels_last)
        return model, torch.optim.Adam(model.parameters())

    def step(model, optimizer):
        optimizer.zero_grad()
        model(torch.ones(2, 3, 7, 7).to(memory_format=torch.channels_last)).sum().backward()
        optimizer.step()

    model, optimizer = build()
    step(model, optimizer)
    assert not optimizer.state_dict()["state"][0]["exp_avg"].is_contiguous()
    retorch.save(tmp_path / "c", model=model, optimizer=optimizer)
    other, other_optimizer = build()
    retorch.load(tmp_path / "c", model=other, optimizer=other_optimizer)
    assert same(other_optimizer.state_dict(), optimizer.state_dict())
    step(model, optimizer), step(other, other_optimizer)
    assert same(other.state_dict(), model.state_dict())


def test_moments_wider_than_their_parameters_are_not_cast(tmp_path):
    def build():
        parameter = nn.Parameter(torch.ones(3, dtype=torch.bfloat16))
        return parameter, torch.optim.SGD([parameter], lr=0.1)

    parameter, optimizer = build()
    optimizer.state[parameter]["moment"] = torch.tensor([1.0, 1.00001, 3.0])
    retorch.save(tmp_path / "c", optimizer=optimizer)
    other_parameter, other = build()
    retorch.load(tmp_path / "c", optimizer=other)
    assert same(other.state[other_parameter]["moment"], optimizer.state[parameter]["moment"])


def test_tied_weights_are_written_once_and_stay_tied(tmp_path):
    class Language(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(50, 8)
            self.head = nn.Linear(8, 50, bias=False)
            self.head.weight = self.embed.weight

    model, other = Language(), Language()
    retorch.save(tmp_path / "c", model=model)
    retorch.load(tmp_path / "c", model=other)
    assert torch.equal(other.head.weight, model.embed.weight)
    assert other.head.weight is other.embed.weight
    assert list(safetensors.torch.load_file(tmp_path / "c" / "model.safetensors")) == ["embed.weight"]
    third = Language()
    safetensors.torch.load_model(third, tmp_path / "c" / "model.safetensors")
    assert torch.equal(third.head.weight, model.embed.weight)


def test_a_moving_average_is_carried(tmp_path, training):
    average = torch.optim.swa_utils.AveragedModel(training.model, use_buffers=True)
    training.advance(1)
    average.update_parameters(training.model)
    retorch.save(tmp_path / "c", average=average)
    other = torch.optim.swa_utils.AveragedModel(Training().model, use_buffers=True)
    retorch.load(tmp_path / "c", average=other)
    assert same(other.state_dict(), average.state_dict())
    assert other.n_averaged == 1


def test_a_gradient_scaler_is_carried(tmp_path):
    scaler, other = (torch.amp.GradScaler("cpu", init_scale=scale) for scale in (8.0, 2.0))
    retorch.save(tmp_path / "c", scaler=scaler)
    retorch.load(tmp_path / "c", scaler=other)
    assert other.get_scale() == 8.0


def test_a_class_of_ones_own_is_carried(tmp_path):
    class Average:
        def __init__(self):
            self.total, self.seen, self.notes = torch.zeros(2), 0, []

        def state_dict(self):
            return vars(self)

        def load_state_dict(self, state):
            vars(self).update(state)

    average, other = Average(), Average()
    average.total += 3
    average.seen, average.notes = np.int64(5), [("a", 1.5)]
    retorch.save(tmp_path / "c", average=average)
    retorch.load(tmp_path / "c", average=other)
    assert same(vars(other), {"total": torch.full((2,), 3.0), "seen": 5, "notes": [("a", 1.5)]})


def test_extra_state_of_a_module_is_carried(tmp_path):
    class Counting(nn.Linear):
        count = 0

        def get_extra_state(self):
            return {"count": self.count, "scale": torch.ones(1) * self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    model, other = Counting(1, 1), Counting(1, 1)
    model.count = 7
    retorch.save(tmp_path / "c", model=model)
    retorch.load(tmp_path / "c", model=other)
    assert other.count == 7


def test_a_metric_goes_on_in_the_middle_of_an_epoch(tmp_path):
    def build():
        return torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy("multiclass", num_classes=3),
                "precision": torchmetrics.Precision("multiclass", num_classes=3, average="micro"),
                "auroc": torchmetrics.AUROC("multiclass", num_classes=3),
                "confusion": torchmetrics.ConfusionMatrix("multiclass", num_classes=3),
                "kappa": torchmetrics.CohenKappa("multiclass", num_classes=3),
            }
        )

    generator = torch.Generator().manual_seed(0)
    batches = [(torch.rand(5, 3, generator=generator), torch.arange(5) % 3) for _ in range(6)]
    metrics, resumed = build(), build()
    for batch in batches[:3]:
        metrics.update(*batch)
    retorch.save(tmp_path / "c", metrics=metrics)
    retorch.load(tmp_path / "c", metrics=resumed)
    for batch in batches[3:]:
        metrics.update(*batch)
        resumed.update(*batch)
    assert same(resumed.compute(), metrics.compute())
    assert resumed["accuracy"].update_count == 6


def test_metrics_inside_a_model_are_carried_and_its_weights_stay_readable(tmp_path):
    class Measured(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.loss = nn.Linear(2, 2), torchmetrics.MeanMetric()

    model, other = Measured(), Measured()
    model.loss.update(torch.tensor([1.0, 3.0]))
    retorch.save(tmp_path / "c", model=model)
    retorch.load(tmp_path / "c", model=other)
    assert other.loss.compute() == 2.0
    assert torch.equal(other.layer.weight, model.layer.weight)


def test_a_compiled_module_and_a_plain_one_share_their_checkpoints(tmp_path, training):
    compiled = torch.compile(training.model, backend="eager")
    retorch.save(tmp_path / "c", model=compiled)
    other = Training().model
    retorch.load(tmp_path / "c", model=other)
    assert same(other.state_dict(), training.model.state_dict())
    retorch.load(tmp_path / "c", model=torch.compile(Training().model, backend="eager"))


def test_a_lazy_module_takes_the_shapes_of_the_checkpoint(tmp_path):
    model = nn.Linear(3, 2)
    retorch.save(tmp_path / "c", model=model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lazy modules warn that they are young
        lazy = nn.LazyLinear(2)
    retorch.load(tmp_path / "c", model=lazy)
    assert torch.equal(lazy.weight, model.weight)


def test_saving_works_in_inference_mode_and_under_another_default_device(tmp_path):
    vault = retorch.checkpoints.Vault(tmp_path)
    with torch.inference_mode():
        vault.save("1", {"x": torch.ones(2)}, position={})
    vault.save("2", {"x": torch.ones(2)}, position={})
    with torch.device("meta"):
        vault.save("3", {"x": torch.ones(2, device="cpu")}, position={})
        vault.wait()
        assert vault.newest().state("x").device.type == "cpu"
    vault.close()


def scheduled(make):
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR steps before the optimizer does
        return optimizer, make(optimizer)


def steps(optimizer, scheduler, count):
    rates = []
    for _ in range(count):
        optimizer.step()
        if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
            scheduler.step(1.0)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # SequentialLR hands the epoch on
                scheduler.step()
        rates.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
    return rates


def states(training):
    """Return bytes of weights and state, and everything else as text."""
    model = {name: raw(value) for name, value in training.model.state_dict().items()}
    optimizer = copy.deepcopy(training.optimizer.state_dict())
    moments = [(n, k, raw(v)) for n, state in optimizer.pop("state").items() for k, v in state.items()]
    return model, moments, repr(optimizer), repr(training.scheduler.state_dict())
