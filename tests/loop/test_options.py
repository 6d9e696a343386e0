"""A wrong option is refused at once, with the words that name it."""

from __future__ import annotations

import pytest
import torch
from tests.loop.material import SEED, linear, make_trainer, regression, sgd
from torch import nn
from torch.optim import lr_scheduler

import retorch
from retorch.errors import UsageError

DATA = regression()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": nn.MSELoss}, r"loss= is the class MSELoss; make one: MSELoss\(\)"),
        ({"loss": "mse"}, r"loss= is a str; give a function of \(outputs, targets\)"),
        ({"loss": nn.MSELoss(reduction="none")}, "loss= has reduction='none'; a Trainer weights means by samples"),
        ({"loss": nn.MSELoss(reduction="sum")}, "loss= has reduction='sum'"),
        ({"loss": None, "step": None}, "give a Trainer one of loss= .* and step="),
        ({"loss": nn.MSELoss(), "step": lambda model, batch: None}, "give a Trainer one of loss="),
        ({"metrics": {"loss": nn.L1Loss()}}, "a metric cannot be named 'loss'"),
        ({"accumulate": 0}, "accumulate=0 was asked; an optimizer step takes 1, 2, ... micro-batches"),
        ({"accumulate": -2}, "accumulate=-2"),
        ({"accumulate": 2.5}, "accumulate=2.5"),
        ({"accumulate": "4"}, "accumulate='4'"),
        ({"accumulate": True}, "accumulate=True"),
        ({"clip_norm": 0}, "clip_norm=0 was asked; give a norm above 0, or None for no clipping"),
        ({"clip_norm": float("nan")}, "clip_norm=nan"),
        ({"clip_norm": "1"}, "clip_norm='1'"),
        ({"clip_norm": True}, "clip_norm=True"),
        ({"average": 1}, "average=1 was asked; give a decay from 0 to below 1, such as 0.999"),
        ({"average": -0.1}, "average=-0.1"),
        ({"average": "ema"}, "average='ema'"),
        ({"precision": "float16"}, "precision='float16' was asked; take one of fp32, bf16, fp16"),
        ({"device": "gpu"}, "device='gpu' was asked, which is no device; give 'auto', 'cpu'"),
        ({"device": 1.5}, "device=1.5 was asked, which is no device"),
        ({"compile": "yes"}, "compile='yes' was asked; give True, False, or a mapping of torch.compile's options"),
        ({"best": "accuracy"}, "whether more or less 'accuracy' is better must be said: mode='max' or mode='min'"),
        ({"best": ("loss", "down")}, "mode='down' was given; take 'min' or 'max'"),
        (
            {"best": ("loss",)},
            r"best=\('loss',\) was given; take 'loss', or a metric and its mode: \('accuracy', 'max'\)",
        ),
        ({"best": True}, "best=True was given"),
    ],
)
def test_a_trainer_refuses(settings, message):
    with pytest.raises(UsageError, match=message):
        make_trainer(**({"loss": nn.MSELoss()} | settings))


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is an accelerator")
def test_an_accelerator_that_is_not_there():
    for device in ("cuda", "cuda:1", "mps", torch.device("cuda")):
        with pytest.raises(UsageError, match="this process has no accelerator; device='auto' takes what is there"):
            make_trainer(device=device)


def test_a_moving_average_of_weights_that_are_not_there_yet():
    with pytest.raises(UsageError, match="average= copies the model's weights, and a lazy module has none yet"):
        make_trainer(nn.Sequential(nn.LazyLinear(2)), average=0.9)


@pytest.mark.parametrize("name", ["trainer", "model", "path", "config"])
def test_a_part_with_a_name_that_is_taken(name):
    with pytest.raises(UsageError, match=name):
        make_trainer(parts={name: linear()}).fit(DATA, epochs=1, quiet=True)


def test_a_part_does_not_take_the_place_of_the_average():
    with pytest.raises(UsageError, match="average"):
        make_trainer(average=0.9, parts={"average": linear()}).fit(DATA, epochs=1, quiet=True)


@pytest.mark.gpu
def test_an_accelerator_too_many():
    with pytest.raises(UsageError, match="counted from 0"):
        make_trainer(device=f"cuda:{torch.cuda.device_count()}")


@pytest.mark.parametrize(
    ("optimizer", "kind"),
    [(torch.optim.SGD, r"class \(SGD\)"), (nn.Linear(1, 1).parameters(), "generator"), ([], "list")],
)
def test_something_else_than_an_optimizer(optimizer, kind):
    with pytest.raises(UsageError, match=f"the optimizer is a {kind}; build one over the model's parameters, such as"):
        retorch.Trainer(linear(), optimizer, loss=nn.MSELoss(), device="cpu")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": -1}, "epochs=-1 was asked; give a whole number, 0 or more"),
        ({"epochs": 2.5}, "epochs=2.5"),
        ({"epochs": True}, "epochs=True"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": 2.5}, "batch_size=2.5"),
        ({"workers": -1}, "workers=-1"),
        ({"validate_every": 0}, "validate_every=0 was asked; give 'epoch', a number of steps from 1 on, or None"),
        ({"validate_every": 1.5}, "validate_every=1.5"),
        ({"validate_every": "step"}, "validate_every='step'"),
        ({"validate_every": True}, "validate_every=True"),
        ({"checkpoint_steps": 0}, "checkpoint_steps=0 was asked; give a whole number from 1 on"),
        ({"checkpoint_seconds": -1}, "checkpoint_seconds=-1 was asked; give a number of seconds, or None"),
        ({"keep_last": 0}, "keep_last=0"),
        ({"keep_every": 1.5}, "keep_every=1.5"),
        ({"config": [1, 2]}, "config= is a list; give a mapping or a pydantic model"),
        ({"config": "a"}, "config= is a str"),
    ],
)
def test_fit_refuses_before_it_makes_a_folder(folder, options, message):
    with pytest.raises(UsageError, match=message):
        make_trainer().fit(DATA, DATA, **({"epochs": 1, "run": folder, "quiet": True} | options))
    if "epochs" not in options:
        assert not folder.exists()


def test_a_wrong_number_of_epochs_makes_no_folder(folder):
    with pytest.raises(UsageError):
        make_trainer().fit(DATA, epochs=-1, run=folder, quiet=True)
    assert not folder.exists()


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "7", True])
def test_a_seed_that_is_none(seed):
    with pytest.raises(UsageError, match="a seed is a whole number from 0 to 4294967295"):
        retorch.Run(None, seed=seed)


@pytest.mark.parametrize("wanting", ["best", "early_stopping", "schedule"])
@pytest.mark.parametrize("missing", ["valid", "validate_every"])
def test_what_is_decided_by_validation_needs_one(wanting, missing):
    model = linear()
    optimizer = sgd(model)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer)
    settings = {
        "best": {"best": "loss"},
        "early_stopping": {"early_stopping": retorch.EarlyStopping()},
        "schedule": {"scheduler": plateau, "schedule": "loss"},
    }[wanting]
    trainer = make_trainer(model, optimizer, **settings)
    valid, every = (None, "epoch") if missing == "valid" else (DATA, None)
    message = f"{wanting}=.* needs a validation: give fit\\(train, valid, ...\\) and leave validate_every on"
    with pytest.raises(UsageError, match=message):
        trainer.fit(DATA, valid, epochs=1, validate_every=every, quiet=True)


def test_a_schedule_that_is_misspelt_is_taken_for_a_metric_and_said_to_be():
    model = linear()
    optimizer = sgd(model)
    with pytest.raises(UsageError, match="StepLR takes no metric, and schedule='epochs' was asked"):
        make_trainer(model, optimizer, scheduler=lr_scheduler.StepLR(optimizer, 1), schedule="epochs")
    trainer = make_trainer(model, optimizer, scheduler=lr_scheduler.ReduceLROnPlateau(optimizer), schedule="epochs")
    with pytest.raises(
        UsageError, match=r"schedule='epochs' \(neither 'step' nor 'epoch', so a metric\) needs a validation"
    ):
        trainer.fit(DATA, epochs=1, quiet=True)
    with pytest.raises(UsageError, match="the validation gives no 'epochs'; it gives: loss"):
        trainer.fit(DATA, DATA, epochs=1, quiet=True)


@pytest.mark.parametrize("data", [None, 3, nn.Linear(1, 1)])
def test_data_that_is_none(data):
    with pytest.raises(UsageError, match=f"a {type(data).__name__} was given where batches are needed"):
        make_trainer().fit(data, epochs=1, quiet=True)


def test_parts_of_unequal_length():
    with pytest.raises(UsageError, match="the data has 20 samples in part 0 and 3 in part 1"):
        make_trainer().fit((DATA[0], DATA[1][:3]), epochs=1, quiet=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 0}, "patience=0 was asked; early stopping waits for 1, 2, ... validations"),
        ({"patience": 1.5}, "patience=1.5"),
        ({"patience": "3"}, "patience='3'"),
        ({"patience": True}, "patience=True"),
        ({"min_delta": -1}, "min_delta=-1 was given; take a finite number from 0 on"),
        ({"min_delta": float("nan")}, "min_delta=nan"),
        ({"min_delta": float("inf")}, "min_delta=inf"),
        ({"min_delta": "small"}, "min_delta='small'"),
        ({"metric": "accuracy"}, "whether more or less 'accuracy' is better must be said"),
        ({"mode": "up"}, "mode='up' was given; take 'min' or 'max'"),
    ],
)
def test_early_stopping_refuses(options, message):
    with pytest.raises(UsageError, match=message):
        retorch.EarlyStopping(**options)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"run.state": linear()}, "'run.state' cannot name a part of a run: take an identifier, such as 'run_state'"),
        ({"my model": linear()}, "'my model' cannot name a part"),
        (
            {"best": 0.5},
            "the part 'best' is a float, which has no state_dict and load_state_dict. Keep plain values in run",
        ),
        ({"rows": [1]}, "the part 'rows' is a list"),
    ],
)
def test_a_part_that_no_checkpoint_could_carry(folder, parts, message):
    with pytest.raises(UsageError, match=message):
        retorch.Run(folder, seed=SEED, **parts)
    assert not folder.exists()


@pytest.mark.parametrize("threads", [0, -1])
def test_threads_of_a_run_without_a_folder(threads):
    with pytest.raises(UsageError, match=f"threads={threads} was asked; a run needs at least 1 logical thread"):
        retorch.Run(None, seed=SEED, threads=threads)


def test_no_threads_in_a_folder(folder):
    with pytest.raises(UsageError, match="threads=0"):
        retorch.Run(folder, seed=SEED, threads=0).close()


def test_nan_in_a_configuration_equals_itself(folder):
    for _ in range(2):
        make_trainer().fit(DATA, epochs=1, run=folder, config={"limit": float("nan")}, quiet=True)


def test_a_tuple_in_a_configuration_is_a_list(folder):
    for _ in range(2):
        make_trainer().fit(DATA, epochs=1, run=folder, config={"betas": (0.9, 0.999)}, quiet=True)
