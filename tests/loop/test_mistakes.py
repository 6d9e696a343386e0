"""Mistakes that a Trainer sees, each named before it does harm."""

from __future__ import annotations

import pytest
import torch
from tests.loop.material import (
    LIVE,
    SEED,
    TRAIN,
    VALID,
    assert_same_bits,
    fit,
    linear,
    make_trainer,
    mlp,
    sgd,
    weights,
)
from torch import nn

import retorch
from retorch.errors import EmptyLoader, LossError, OptimizerError, RetorchNotice, UsageError


def test_batches_that_are_no_pairs_are_named():
    for data, kind in (((TRAIN[0], *TRAIN), "list of 3"), (TRAIN[0], "list of 1")):
        with pytest.raises(UsageError, match=f"the loader gives a {kind}. Give step= instead of loss="):
            make_trainer().fit(data, epochs=1, **LIVE)
    with pytest.raises(UsageError, match="the loader gives a dict of 2"):
        make_trainer().fit([{"x": x, "y": y} for x, y in zip(*TRAIN, strict=True)], epochs=1, **LIVE)


def test_an_empty_training_set():
    with pytest.raises(EmptyLoader, match=r"the loader gave no batch \(batch_size=8.*samples=0\)"):
        make_trainer().fit((TRAIN[0][:0], TRAIN[1][:0]), epochs=1, **LIVE)
    loader = retorch.Loader(TRAIN, 100, drop_last=True)
    with pytest.raises(EmptyLoader, match="that drop_last does not drop the only batch"):
        make_trainer().fit(loader, epochs=1, quiet=True)


def test_an_empty_validation_set():
    with pytest.raises(EmptyLoader, match="nothing to validate on: the validation set gave no batch"):
        fit(make_trainer(), (VALID[0][:0], VALID[1][:0]))


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (
            lambda o, t: (o - t).pow(2).mean(1),
            r"loss of step 0 is a tensor \[8\], not a scalar. Reduce it: loss.mean\(\)",
        ),
        (lambda o, t: (o - t).mean().item(), "loss of step 0 is a float, not a tensor. Return the tensor itself"),
        (lambda o, t: None, "is a NoneType, not a tensor"),
        (lambda o, t: (o - t).mean().detach(), "has no graph, so nothing would learn: it was detached"),
        (lambda o, t: (o - t).mean() * float("nan"), "is nan. The last good checkpoint is kept"),
        (lambda o, t: (o - t).pow(2).mean() / 0, "is inf. The last good checkpoint is kept"),
    ],
)
def test_a_loss_that_cannot_train_is_refused_before_the_step(loss, message):
    model = linear()
    before = weights(model)
    with pytest.raises(LossError, match=message):
        fit(make_trainer(model, loss=loss))
    assert_same_bits(before, model)


def test_nan_in_the_data_is_found_at_its_step():
    targets = TRAIN[1].clone()
    targets[17] = torch.nan
    with pytest.raises(LossError, match=r"loss of step 2 is nan.*NaN in the data"):
        make_trainer().fit((TRAIN[0], targets), epochs=1, shuffle=False, **LIVE)


def test_a_frozen_model_has_a_loss_without_graph():
    model = linear().requires_grad_(False)
    with pytest.raises(LossError, match="or every parameter is frozen"):
        fit(make_trainer(model))


def test_an_optimizer_of_another_copy():
    with pytest.raises(
        OptimizerError, match="'optimizer' holds none of the parameters of 'model': it would train another"
    ):
        fit(make_trainer(linear(), sgd(linear())))


def test_parameters_that_no_optimizer_holds_are_named():
    model = mlp()
    with pytest.warns(
        RetorchNotice, match=r"no optimizer holds model.0.weight, model.0.bias, though they are trainable"
    ):
        fit(make_trainer(model, sgd(model[3])), epochs=1)


def test_metrics_need_outputs_from_a_step_function():
    trainer = make_trainer(step=lambda model, batch: model(batch[0]).mean(), metrics={"mae": nn.L1Loss()})
    with pytest.raises(UsageError, match=r"step= returned none: return {'loss': loss, 'outputs': outputs"):
        fit(trainer, VALID)


def test_a_step_function_without_a_loss():
    with pytest.raises(UsageError, match="step= gave a mapping with 'los'; it must have a 'loss'"):
        fit(make_trainer(step=lambda model, batch: {"los": model(batch[0]).mean()}))


def test_a_value_with_the_name_of_a_metric():
    def step(model, batch):
        outputs = model(batch[0])
        loss = nn.functional.mse_loss(outputs, batch[1])
        return {"loss": loss, "mae": loss.sqrt(), "outputs": outputs, "targets": batch[1]}

    with pytest.raises(UsageError, match="two scores have the name 'mae'"):
        fit(make_trainer(step=step, metrics={"mae": nn.L1Loss()}), VALID)


def test_a_metric_that_validation_does_not_give():
    for settings in ({"best": ("accuracy", "max")}, {"early_stopping": retorch.EarlyStopping("accuracy", mode="max")}):
        with pytest.raises(UsageError, match="the validation gives no 'accuracy'; it gives: loss"):
            fit(make_trainer(**settings), VALID)


@pytest.mark.parametrize("kind", ["file", "foreign folder"])
def test_a_run_path_that_is_taken(folder, kind):
    if kind == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "thesis.tex").write_text("mine")
    model = linear()
    before = weights(model)
    with pytest.raises(retorch.RetorchError, match=str(folder)):
        fit(make_trainer(model), run=folder)
    assert_same_bits(before, model)


def test_a_configuration_that_is_not_json_is_refused_before_anything_is_written(folder):
    with pytest.raises(UsageError, match=r"cannot be kept in run.json:\n  config.model"):
        fit(make_trainer(), run=folder, config={"model": linear()})
    assert not folder.exists()


def test_a_seed_is_needed(monkeypatch):
    trainer = make_trainer(seed=None)
    monkeypatch.setattr(retorch.randomness._seeding, "_current_seed", None)
    with pytest.raises(UsageError, match=r"the run has no seed: give Run\(..., seed=7\)"):
        fit(trainer)


def test_the_seed_of_seed_everything_is_taken():
    first, second = mlp(0.3), mlp(0.3)
    fit(make_trainer(first))
    retorch.seed_everything(SEED)
    fit(make_trainer(second, seed=None))
    assert_same_bits(first, second)
