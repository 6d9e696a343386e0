"""bf16 and fp16 equal the loops that one would write by hand."""

from __future__ import annotations

import pytest
import torch
from tests.loop.material import (
    LIVE,
    SEED,
    TRAIN,
    VALID,
    assert_same_bits,
    by_hand,
    make_trainer,
    mlp,
    sgd,
    weights,
)
from torch import nn
from torch.optim import lr_scheduler

import retorch
from retorch.errors import LossError
from retorch.events import StepEnded
from retorch.loop._precision import Precision

CPU = torch.device("cpu")


class Scales(retorch.Observer):
    """Writes down the scaler's scale and the logged values after each step."""

    def __init__(self):
        self.scaler, self.seen, self.logged = None, [], []

    def attach(self, hub):
        hub.on(StepEnded, self.note)

    def note(self, event):
        self.seen.append(self.scaler.get_scale())
        self.logged.append(dict(event.values))


def with_scale(trainer, scale, interval=2000):
    """Set the scale at which the Trainer's own scaler starts."""
    trainer._precision.scaler = torch.amp.GradScaler("cpu", init_scale=scale, growth_interval=interval)
    return trainer


def test_bf16_equals_a_loop_by_hand():
    mine, model = mlp(0.3, norm=True), mlp(0.3, norm=True)
    by_me = sgd(mine)

    def descend(batch):
        by_me.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = mine(batch[0])
            assert outputs.dtype == torch.bfloat16
            loss = nn.functional.mse_loss(outputs, batch[1])
        loss.backward()
        by_me.step()
        return loss.detach()

    losses = by_hand(mine, descend, TRAIN, epochs=3)
    result = make_trainer(model, precision="bf16").fit(TRAIN, epochs=3, **LIVE)
    assert_same_bits(mine, model)
    assert [epoch["train.loss"] for epoch in result.history] == losses
    assert model[0].weight.dtype == torch.float32


def test_validation_and_prediction_are_in_the_same_precision():
    trainer = make_trainer(mlp(), precision="bf16")
    trainer.fit(TRAIN, VALID, epochs=1, **LIVE)
    assert trainer.predict(VALID).dtype == torch.bfloat16
    assert trainer.predict_one(VALID[0][0]).dtype == torch.bfloat16


def fp16_by_hand(model, optimizer, scaler, *, clip=None, norms=None):
    def descend(batch):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.float16):
            loss = nn.functional.mse_loss(model(batch[0]), batch[1])
        scaler.scale(loss).backward()
        if clip is not None:
            scaler.unscale_(optimizer)
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), clip).item())
        scaler.step(optimizer)
        scaler.update()
        return loss.detach()

    return descend


@pytest.mark.parametrize("scale", [2.0**10, 2.0**40], ids=["fits", "overflows at first"])
def test_fp16_equals_a_loop_by_hand_with_a_scaler(scale):
    mine, model = mlp(0.3), mlp(0.3)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale)
    by_hand(mine, fp16_by_hand(mine, sgd(mine), scaler), TRAIN, epochs=12)
    trainer = with_scale(make_trainer(model, precision="fp16"), scale)
    trainer.fit(TRAIN, epochs=12, **LIVE)
    assert_same_bits(mine, model)
    assert trainer._precision.scaler.state_dict() == scaler.state_dict()
    assert (scaler.get_scale() < scale) == (scale > 2.0**10)


def test_clipping_comes_after_unscaling():
    mine, model = mlp(), mlp()
    norms, watcher = [], Scales()
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    by_hand(mine, fp16_by_hand(mine, sgd(mine), scaler, clip=0.2, norms=norms), TRAIN, epochs=3)
    trainer = with_scale(make_trainer(model, precision="fp16", clip_norm=0.2, observers=[watcher]), 2.0**10)
    watcher.scaler = trainer._precision.scaler
    trainer.fit(TRAIN, epochs=3, **LIVE)
    assert_same_bits(mine, model)
    assert [float(values["grad_norm"]) for values in watcher.logged] == norms
    assert max(norms) < 10, "the norm of the scaled gradients would be a thousand times that"


def test_a_skipped_step_moves_neither_the_weights_nor_the_schedule_nor_the_average():
    model = mlp()
    optimizer = sgd(model)
    watcher = Scales()
    schedule = lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    trainer = make_trainer(model, optimizer, precision="fp16", scheduler=schedule, schedule="step", average=0.5,
                           observers=[watcher])  # fmt: skip
    watcher.scaler = with_scale(trainer, 2.0**100)._precision.scaler
    before = weights(model)
    trainer.fit(TRAIN, epochs=1, **LIVE)
    assert watcher.seen == [2.0**99, 2.0**98, 2.0**97]
    assert_same_bits(before, model)
    assert [values["lr"] for values in watcher.logged] == [0.1] * 3
    assert trainer._average.n_averaged == 0


def test_fp16_with_windows_scales_each_micro_batch():
    windowed, whole = mlp(), mlp()
    options = {"epochs": 2, "shuffle": False, "quiet": True}
    make_trainer(windowed, precision="fp16", accumulate=3).fit(TRAIN, batch_size=3, **options)
    make_trainer(whole, precision="fp16").fit(TRAIN, batch_size=9, **options)
    for name, tensor in weights(windowed).items():
        torch.testing.assert_close(tensor, whole.state_dict()[name], rtol=1e-2, atol=1e-4)


def test_the_scaler_is_carried(folder):
    """Its scale halves until it fits; a resume that began again at 2**40 would skip steps anew."""

    def train(epochs, run):
        model = mlp()
        with_scale(trainer := make_trainer(model, precision="fp16"), 2.0**40, interval=5)
        trainer.fit(TRAIN, epochs=epochs, run=run, **LIVE)
        return model, trainer._precision.scaler.state_dict()

    train(4, folder)
    (resumed, scaler), (unbroken, wanted) = train(10, folder), train(10, None)
    assert scaler == wanted
    assert_same_bits(resumed, unbroken)


def test_an_infinite_loss_in_fp16_hears_of_bf16():
    with pytest.raises(LossError, match=r"fp16 without enough range \(take bf16\)"):
        make_trainer(mlp(), precision="fp16").fit((TRAIN[0] * 1e6, TRAIN[1]), epochs=1, **LIVE)


def test_fp32_is_plain_pytorch():
    precision = Precision("fp32", CPU)
    assert precision.scaler is None
    with precision.forward():
        assert not torch.is_autocast_enabled("cpu")


def test_a_step_that_the_optimizer_took_is_told_apart_from_one_that_was_skipped():
    retorch.seed_everything(SEED)
    model = mlp()
    optimizer, precision = sgd(model), Precision("fp16", CPU)
    precision.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127)
    took = []
    for _ in range(130):
        optimizer.zero_grad()
        with precision.forward():
            loss = model(TRAIN[0]).pow(2).mean()
        precision.backward(loss)
        took.append(precision.step(optimizer))
    assert not took[0]
    assert took[-1]
    assert took == sorted(took)
