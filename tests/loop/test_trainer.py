"""A Trainer gives the numbers of the loop that one would write by hand."""

from __future__ import annotations

import copy

import pytest
import torch
from tests.loop.material import (
    LIVE,
    TRAIN,
    VALID,
    assert_same_bits,
    by_hand,
    classes,
    descending,
    fit,
    linear,
    make_trainer,
    mlp,
    regression,
    sgd,
    weights,
)
from torch import nn
from torch.optim import lr_scheduler

import retorch
from retorch.errors import EmptyLoader, RetorchNotice, UsageError
from retorch.events import StepEnded, ValidationEnded
from retorch.runs import read_metrics


def train_losses(result):
    return [epoch["train.loss"] for epoch in result.history]


class Watcher(retorch.Observer):
    """Writes down each step's learning rate, and after how many steps each validation came."""

    def __init__(self, optimizer=None):
        self.rates, self.validations, self.logged = [], [], []
        self.optimizer = optimizer

    def attach(self, hub):
        hub.on(StepEnded, self.note_step)
        hub.on(ValidationEnded, lambda event: self.validations.append(dict(event.values)))

    def note_step(self, event):
        self.logged.append(dict(event.values))
        if self.optimizer is not None:
            self.rates.append(self.optimizer.param_groups[0]["lr"])


# The same bits as a loop by hand.


@pytest.mark.parametrize("make_optimizer", [sgd, lambda model: torch.optim.AdamW(model.parameters(), lr=0.01)])
def test_a_trainer_gives_the_bits_of_a_loop_written_by_hand(make_optimizer):
    mine = mlp(0.3, norm=True)
    losses = by_hand(mine, descending(mine, make_optimizer(mine), nn.MSELoss()), TRAIN, epochs=3)
    model = mlp(0.3, norm=True)
    result = fit(make_trainer(model, make_optimizer(model)))
    assert_same_bits(model, mine)
    assert train_losses(result) == losses
    assert result.train == {"loss": losses[-1]}
    assert (result.steps, result.epochs, result.reason, result.run) == (9, 3, "finished", None)


def test_a_step_function_gives_the_bits_of_the_criterion():
    first, second = mlp(0.3), mlp(0.3)

    def step(model, batch):
        inputs, targets = batch
        outputs = model(inputs)
        loss = nn.functional.mse_loss(outputs, targets)
        return {"loss": loss, "size": outputs.abs().mean(), "outputs": outputs, "targets": targets}

    wanted = fit(make_trainer(first), VALID)
    watcher = Watcher()
    trainer = make_trainer(second, step=step, observers=[watcher], metrics={"mae": nn.L1Loss()})
    result = fit(trainer, VALID)
    assert_same_bits(first, second)
    assert result.train == wanted.train
    assert set(watcher.logged[0]) == {"loss", "size"}
    assert set(result.validation) == {"loss", "size", "mae"}


def test_neither_a_folder_nor_validation_changes_a_bit(folder):
    models = [mlp(0.3), mlp(0.3), mlp(0.3)]
    fit(make_trainer(models[0]))
    fit(make_trainer(models[1]), VALID, validate_every=1, run=folder, checkpoint_steps=1)
    fit(make_trainer(models[2]), VALID, validate_every=None)
    assert_same_bits(models[0], models[1])
    assert_same_bits(models[0], models[2])


def test_the_mean_of_an_epoch_counts_a_smaller_last_batch_for_what_it_is():
    model = linear()
    trainer = make_trainer(model, sgd(model, lr=0.0))
    result = trainer.fit(TRAIN, TRAIN, epochs=1, **LIVE)
    whole = nn.functional.mse_loss(model(TRAIN[0]), TRAIN[1]).item()
    assert result.train["loss"] == pytest.approx(whole, rel=1e-6)
    assert result.validation["loss"] == pytest.approx(whole, rel=1e-6)


# Learning rates.


def test_a_schedule_per_step_steps_with_the_optimizer():
    mine, model = mlp(), mlp()
    by_me = sgd(mine)
    scheduler = lr_scheduler.OneCycleLR(by_me, max_lr=0.5, total_steps=9)
    plain, rates = descending(mine, by_me, nn.MSELoss()), []

    def descend(batch):
        rates.append(by_me.param_groups[0]["lr"])
        loss = plain(batch)
        scheduler.step()
        return loss

    by_hand(mine, descend, TRAIN, epochs=3)
    optimizer = sgd(model)
    watcher = Watcher()
    fit(make_trainer(model, optimizer, scheduler=lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=9),
                     schedule="step", observers=[watcher]))  # fmt: skip
    assert_same_bits(mine, model)
    assert [values["lr"] for values in watcher.logged] == rates
    assert len(set(rates)) == 9


def test_a_schedule_per_epoch_steps_at_the_end_of_each_epoch():
    mine, model = mlp(), mlp()
    by_me, optimizer = sgd(mine), sgd(model)
    scheduler = lr_scheduler.StepLR(by_me, 2, gamma=0.1)
    by_hand(mine, descending(mine, by_me, nn.MSELoss()), TRAIN, epochs=5, epoch_over=scheduler.step)
    watcher = Watcher(optimizer)
    fit(make_trainer(model, optimizer, scheduler=lr_scheduler.StepLR(optimizer, 2, gamma=0.1), observers=[watcher]),
        epochs=5)  # fmt: skip
    assert_same_bits(mine, model)
    assert watcher.rates == pytest.approx([0.1] * 6 + [0.01] * 6 + [0.001] * 3)


def test_a_schedule_on_a_metric_steps_with_that_metric():
    mine, model = mlp(), mlp()
    by_me, optimizer = sgd(mine, lr=1.0), sgd(model, lr=1.0)
    plateau = {"patience": 0, "factor": 0.5, "threshold": 0.05}
    scheduler = lr_scheduler.ReduceLROnPlateau(by_me, **plateau)

    def epoch_over():
        scheduler.step(retorch.evaluate(mine, [VALID], nn.MSELoss())["loss"])

    by_hand(mine, descending(mine, by_me, nn.MSELoss()), TRAIN, epochs=6, epoch_over=epoch_over)
    trainer = make_trainer(model, optimizer, scheduler=lr_scheduler.ReduceLROnPlateau(optimizer, **plateau),
                           schedule="loss")  # fmt: skip
    fit(trainer, VALID, epochs=6)
    assert_same_bits(mine, model)
    assert optimizer.param_groups[0]["lr"] == by_me.param_groups[0]["lr"] < 1.0


def test_the_learning_rate_of_each_epoch_is_recorded(folder):
    model = linear()
    optimizer = sgd(model)
    fit(make_trainer(model, optimizer, scheduler=lr_scheduler.StepLR(optimizer, 1, gamma=0.5)), epochs=2, run=folder)
    rates = [(row.step, row.value) for row in read_metrics(folder) if (row.phase, row.name) == ("epoch", "lr")]
    assert rates == [(3, 0.1), (6, 0.05)]


# Clipping, averaging, compiling.


def test_clipping_equals_a_loop_by_hand():
    mine, model = mlp(), mlp()
    by_me, norms = sgd(mine), []

    def descend(batch):
        by_me.zero_grad()
        loss = nn.functional.mse_loss(mine(batch[0]), batch[1])
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(mine.parameters(), 0.2).item())
        by_me.step()
        return loss.detach()

    by_hand(mine, descend, TRAIN, epochs=3)
    watcher = Watcher()
    fit(make_trainer(model, clip_norm=0.2, observers=[watcher]))
    assert_same_bits(mine, model)
    assert [float(values["grad_norm"]) for values in watcher.logged] == norms
    assert max(norms) > 0.2


def test_the_moving_average_is_the_one_of_the_definition():
    """The first step's weights, then decay * average + (1 - decay) * weights."""
    model = mlp().double()
    data = regression(dtype=torch.float64)
    seen = []

    class Noting(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            seen.append([p.detach().clone() for p in model.parameters()])

    trainer = make_trainer(model, Noting(model.parameters(), lr=0.1), average=0.9)
    trainer.fit(data, epochs=2, **LIVE)
    average = seen[0]
    for after in seen[1:]:
        average = [0.9 * old + 0.1 * new for old, new in zip(average, after, strict=True)]
    live = copy.deepcopy(model)
    with torch.no_grad():
        for parameter, wanted in zip(live.parameters(), average, strict=True):
            parameter.copy_(wanted)
    inputs = data[0]
    torch.testing.assert_close(trainer.predict(inputs), live.eval()(inputs).detach())
    assert not torch.allclose(trainer.predict(inputs), model.eval()(inputs))


def test_validation_and_prediction_use_the_average():
    model = linear()
    trainer = make_trainer(model, average=0.5)
    result = fit(trainer, VALID)
    outputs = trainer.predict(VALID)
    assert result.validation["loss"] == pytest.approx(nn.functional.mse_loss(outputs, VALID[1]).item(), rel=1e-6)
    torch.testing.assert_close(trainer.predict_one(VALID[0][3]), outputs[3])


def test_the_average_has_the_running_statistics_of_the_model():
    model = mlp(norm=True)
    trainer = make_trainer(model, average=0.9)
    fit(trainer)
    average = trainer._average.module
    assert torch.equal(average[1].running_mean, model[1].running_mean)
    assert torch.equal(average[1].running_var, model[1].running_var)


def test_a_compiled_model_trains_the_model_itself():
    """With a back end that compiles nothing, to be quick."""
    first, second = mlp(0.2), mlp(0.2)
    plain, compiled = fit(make_trainer(first), VALID), fit(make_trainer(second, compile={"backend": "eager"}), VALID)
    assert_same_bits(first, second)
    assert compiled.validation == plain.validation
    torch._dynamo.reset()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_compiled_for_real_gives_nearly_the_same_numbers():
    first, second = mlp(), mlp()
    plain, compiled = fit(make_trainer(first), VALID), fit(make_trainer(second, compile=True), VALID)
    assert compiled.validation["loss"] == pytest.approx(plain.validation["loss"], rel=1e-4)
    torch._dynamo.reset()


# Validation, and what it decides.


@pytest.mark.parametrize(
    ("every", "after"), [(2, [2, 4, 6, 8, 9]), (3, [3, 6, 9]), (100, [3, 6, 9]), (1, [*range(1, 10)])]
)
def test_validation_every_n_steps_and_at_each_end_of_an_epoch(folder, every, after):
    fit(make_trainer(), VALID, validate_every=every, run=folder)
    steps = [row.step for row in read_metrics(folder) if row.phase == "validation"]
    epochs_ends = [3, 6, 9]
    assert steps == sorted({*after, *epochs_ends})


def test_each_validation_is_the_score_of_the_weights_of_its_step(folder):
    model, losses = linear(), []

    class Noting(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            losses.append(nn.functional.mse_loss(model(VALID[0]), VALID[1]).item())

    fit(make_trainer(model, Noting(model.parameters(), lr=0.1)), VALID, validate_every=1, run=folder)
    recorded = [row.value for row in read_metrics(folder) if row.phase == "validation"]
    assert recorded == pytest.approx(losses, rel=1e-6)


def test_dropout_is_off_in_validation_and_on_in_training():
    modes = []

    def step(model, batch):
        modes.append((model.training, model[2].training, torch.is_grad_enabled()))
        return nn.functional.mse_loss(model(batch[0]), batch[1])

    fit(make_trainer(mlp(0.5), step=step), VALID, epochs=1)
    assert modes == [(True, True, True)] * 3 + [(False, False, False)] * 2


def test_a_backbone_frozen_in_eval_mode_stays_so():
    model = nn.Sequential(mlp(0.5, norm=True), nn.Linear(2, 2))
    backbone = model[0].requires_grad_(False).eval()
    before = weights(backbone)
    optimizer = torch.optim.SGD(model[1].parameters(), lr=0.1)
    fit(make_trainer(model, optimizer), VALID)
    assert_same_bits(before, backbone)
    assert model.training
    assert not any(module.training for module in backbone.modules())


def test_a_sleeping_model_is_woken_and_the_user_told():
    model = mlp(0.5).eval()
    with pytest.warns(
        RetorchNotice, match="the model was in eval mode; it is put into train mode for training"
    ) as told:
        make_trainer(model).fit(TRAIN, epochs=1, **LIVE)
    assert model.training
    assert told[0].filename == __file__


def test_early_stopping_stops_when_nothing_gets_better(folder):
    model = linear()
    stopping = retorch.EarlyStopping(patience=2)
    result = fit(make_trainer(model, sgd(model, lr=0.0), early_stopping=stopping), VALID, epochs=10, run=folder)
    assert result.epochs == 3
    assert result.steps == 9
    value = result.validation["loss"]
    assert result.reason == f"stopped early: no better loss in 2 validations (best {value:.6g} at step 3)"
    model = linear()
    stopping = retorch.EarlyStopping(patience=2)
    again = fit(make_trainer(model, sgd(model, lr=0.0), early_stopping=stopping), VALID, epochs=10, run=folder)
    assert again == result


def test_early_stopping_in_the_midst_of_an_epoch():
    model = linear()
    stopping = retorch.EarlyStopping(patience=1)
    result = fit(make_trainer(model, sgd(model, lr=0.0), early_stopping=stopping), VALID, validate_every=2, epochs=9)
    assert result.reason.startswith("stopped early: no better loss in 1 validations")
    assert result.steps == 3


def test_the_best_checkpoint_has_the_weights_of_the_best_validation(folder):
    model = linear()
    optimizer = sgd(model, lr=0.5)
    grow = lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0 if epoch < 2 else 8.0)
    result = fit(make_trainer(model, optimizer, scheduler=grow, best="loss"), VALID, epochs=6, run=folder, keep_last=1)
    losses = [epoch["validation.loss"] for epoch in result.history]
    assert result.best.value == min(losses) < result.validation["loss"]
    assert result.best.step == 3 * (1 + losses.index(min(losses)))
    found = linear()
    retorch.load(result.best.checkpoint, model=found)
    assert retorch.evaluate(found, [VALID], nn.MSELoss())["loss"] == pytest.approx(min(losses), rel=1e-6)


def test_the_best_by_a_metric_of_which_more_is_better():
    accuracy = {"accuracy": lambda outputs, targets: (outputs.argmax(1) == targets).float()}
    trainer = make_trainer(loss=nn.CrossEntropyLoss(), metrics=accuracy, best=("accuracy", "max"))
    result = trainer.fit(classes(), classes(seed=3), epochs=4, **LIVE)
    values = [epoch["validation.accuracy"] for epoch in result.history]
    assert result.best.value == max(values)
    assert result.best.metric == "accuracy"
    assert result.best.checkpoint is None
    assert result.best.step == 3 * (1 + values.index(max(values)))


# Going on.


def test_a_finished_run_gives_its_result_back_at_once(folder):
    def train(epochs=3):
        model = mlp(0.3)
        return model, fit(make_trainer(model, best="loss"), VALID, epochs=epochs, run=folder)

    model, result = train()
    again, second = train()
    assert second == result
    assert_same_bits(model, again)


def test_a_run_asked_for_more_epochs_ends_as_one_that_was_asked_for_them_at_once(folder):
    short, long, other = mlp(0.3), mlp(0.3), mlp(0.3)
    fit(make_trainer(short), VALID, epochs=2, run=folder)
    result = fit(make_trainer(long), VALID, epochs=4, run=folder)
    assert result == retorch.Result(**{**_fields(fit(make_trainer(other), VALID, epochs=4)), "run": folder})
    assert_same_bits(long, other)


def _fields(result):
    return {name: getattr(result, name) for name in result.__slots__}


class Stumbling(nn.MSELoss):
    """Fails once, as a notebook's cell that somebody interrupts, and goes on when it is called again."""

    def __init__(self, at):
        super().__init__()
        self.calls, self.at = 0, at

    def forward(self, outputs, targets):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return super().forward(outputs, targets)


def everything(loss):
    model = mlp(0.2, norm=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    return make_trainer(
        model, optimizer, loss=loss, scheduler=lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=20), schedule="step",
        average=0.9, best="loss", early_stopping=retorch.EarlyStopping(patience=9), accumulate=2,
    )  # fmt: skip


@pytest.mark.parametrize("at", [1, 6, 9, 17])
def test_the_same_trainer_goes_on_after_it_was_interrupted(folder, at):
    """In the first step, in a window, in validation and later; with objects that are ahead of the checkpoint."""
    wanted = everything(nn.MSELoss())
    unbroken = fit(wanted, VALID, epochs=4, batch_size=3)
    trainer = everything(Stumbling(at))
    with pytest.raises(KeyboardInterrupt):
        fit(trainer, VALID, epochs=4, batch_size=3, run=folder, checkpoint_steps=1)
    result = fit(trainer, VALID, epochs=4, batch_size=3, run=folder)
    assert_same_bits(trainer.model, wanted.model)
    assert result.history == unbroken.history
    assert result.best.value == unbroken.best.value
    assert torch.equal(trainer.predict(VALID), wanted.predict(VALID))


def test_fewer_epochs_than_are_done_are_refused(folder):
    fit(make_trainer(), epochs=3, run=folder)
    message = r"has gone as far as epoch 3, and epochs=2 was asked. Ask for at least 3 epochs"
    with pytest.raises(retorch.RetorchError, match=message):
        fit(make_trainer(), epochs=2, run=folder)
    assert fit(make_trainer(), epochs=3, run=folder).epochs == 3


def test_other_settings_than_those_of_the_folder_are_named(folder):
    fit(make_trainer(), run=folder, config={"hidden": 6})
    with pytest.raises(retorch.RetorchError) as caught:
        fit(make_trainer(clip_norm=1.0), run=folder, config={"hidden": 7}, batch_size=4)
    message = str(caught.value)
    assert "config hidden: 6 in the folder, 7 now" in message
    assert "batch_size: 8 in the folder, 4 now" in message
    assert "clip_norm: None in the folder, 1.0 now" in message


def test_zero_epochs_train_nothing():
    model = linear()
    before = weights(model)
    result = fit(make_trainer(model), VALID, epochs=0)
    assert_same_bits(before, model)
    assert (result.steps, result.epochs, result.train, result.validation) == (0, 0, {}, {})


# What strangers bring.


def test_one_sample_is_enough():
    assert make_trainer().fit((TRAIN[0][:1], TRAIN[1][:1]), epochs=2, **LIVE).steps == 2


def test_a_batch_size_larger_than_the_data_gives_one_batch():
    assert fit(make_trainer(), epochs=2, batch_size=1000).steps == 2


def test_arrays_train_as_tensors_do():
    first, second = mlp(), mlp()
    fit(make_trainer(first), VALID)
    arrays = [tuple(part.numpy() for part in data) for data in (TRAIN, VALID)]
    make_trainer(second).fit(*arrays, epochs=3, **LIVE)
    assert_same_bits(first, second)


def test_a_list_of_samples_is_a_data_set():
    first, second = mlp(), mlp()
    fit(make_trainer(first))
    make_trainer(second).fit(list(zip(*TRAIN, strict=True)), epochs=3, **LIVE)
    assert_same_bits(first, second)


def test_batches_of_mappings_with_strings_train_with_a_step_function():
    first, second = mlp(), mlp()
    fit(make_trainer(first))
    samples = [{"x": x, "y": y, "name": f"sample {n}"} for n, (x, y) in enumerate(zip(*TRAIN, strict=True))]
    names = []

    def step(model, batch):
        names.extend(batch["name"])
        return nn.functional.mse_loss(model(batch["x"]), batch["y"])

    make_trainer(second, step=step).fit(samples, epochs=3, **LIVE)
    assert_same_bits(first, second)
    assert set(names) == {sample["name"] for sample in samples}


def test_batches_of_only_a_tensor_train_with_a_step_function():
    trainer = make_trainer(nn.Linear(3, 3), step=lambda model, batch: (model(batch[0]) - batch[0]).pow(2).mean())
    result = trainer.fit(TRAIN[0], VALID[0], epochs=2, **LIVE)
    assert result.train["loss"] > 0
    assert set(result.validation) == {"loss"}


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, both):
        first, second = both
        return self.layer(first) - self.layer(second)


def test_a_model_with_two_inputs():
    samples = [((x, 2 * x), y) for x, y in zip(*TRAIN, strict=True)]
    trainer = make_trainer(TwoInputs())
    trainer.fit(samples, samples, epochs=2, **LIVE)
    outputs = trainer.predict(samples, batch_size=6)
    assert outputs.shape == (20, 2)
    torch.testing.assert_close(trainer.predict_one(samples[4][0]), outputs[4])


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_models_of_other_precisions(dtype):
    model = mlp().to(dtype)
    data = regression(dtype=dtype)
    result = make_trainer(model).fit(data, data, epochs=2, **LIVE)
    assert model[0].weight.dtype == dtype
    assert result.validation["loss"] > 0


def test_values_of_a_step_function_may_be_plain_numbers(folder):
    def step(model, batch):
        return {"loss": nn.functional.mse_loss(model(batch[0]), batch[1]), "samples": len(batch[0]), "half": 0.5}

    result = fit(make_trainer(step=step), VALID, run=folder)
    assert result.validation["half"] == 0.5
    assert result.validation["samples"] == pytest.approx((8 * 8 + 2 * 2) / 10)
    logged = [row.value for row in read_metrics(folder) if (row.phase, row.name) == ("train", "samples")]
    assert logged == [8, 8, 4] * 3


def test_a_data_set_whose_length_lies_low_is_read_that_far():
    class Modest(torch.utils.data.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return TRAIN[0][index], TRAIN[1][index]

    assert make_trainer().fit(Modest(), epochs=1, batch_size=2, quiet=True).steps == 3


def test_a_data_set_whose_length_lies_high_fails_with_its_own_error():
    class Boastful(torch.utils.data.Dataset):
        def __len__(self):
            return 50

        def __getitem__(self, index):
            if index >= 20:
                raise IndexError(f"there is no sample {index}")
            return TRAIN[0][index], TRAIN[1][index]

    with pytest.raises(IndexError, match="there is no sample"):
        make_trainer().fit(Boastful(), epochs=1, **LIVE)


def test_an_optimizer_that_stepped_before_goes_on():
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    descending(model, optimizer, nn.MSELoss())(TRAIN)
    other = copy.deepcopy(model)
    second = torch.optim.Adam(other.parameters(), lr=0.01)
    second.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    optimizer.zero_grad()
    fit(make_trainer(model, optimizer))
    by_hand(other, descending(other, second, nn.MSELoss()), TRAIN, epochs=3)
    assert_same_bits(model, other)


def test_gradients_left_over_from_before_are_not_stepped_on():
    mine, model = linear(), linear()
    nn.functional.mse_loss(model(TRAIN[0]), TRAIN[1]).backward()
    by_hand(mine, descending(mine, sgd(mine), nn.MSELoss()), TRAIN, epochs=1)
    fit(make_trainer(model), epochs=1)
    assert_same_bits(mine, model)


def test_the_device_auto_is_the_accelerator_or_the_cpu():
    wanted = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    trainer = make_trainer(device="auto")
    assert trainer.device == wanted
    assert next(trainer.model.parameters()).device.type == wanted.type


def test_the_summary_is_printed_unless_quiet(capsys):
    fit(make_trainer(mlp()), epochs=1)
    assert capsys.readouterr() == ("", "")
    fit(make_trainer(mlp()), epochs=1, quiet=False)
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "38 parameters, 38 trainable, 0 frozen" in seen.err


def test_a_second_fit_is_a_run_of_its_own():
    trainer = make_trainer(early_stopping=retorch.EarlyStopping(patience=100))
    fit(trainer, VALID, epochs=2)
    second = fit(trainer, VALID, epochs=2)
    assert (second.epochs, second.steps, len(second.history)) == (2, 6, 2)


def test_an_early_stopping_that_is_used_again_begins_anew():
    stopping = retorch.EarlyStopping(patience=2)
    for _ in range(2):
        model = linear()
        result = fit(make_trainer(model, sgd(model, lr=0.0), early_stopping=stopping), VALID, epochs=10)
        assert result.epochs == 3


@pytest.mark.parametrize("schedule", ["epoch", "step"])
def test_a_plateau_schedule_wants_a_metric(schedule):
    model = linear()
    optimizer = sgd(model)
    with pytest.raises(UsageError, match="schedule='loss'"):
        fit(
            make_trainer(model, optimizer, scheduler=lr_scheduler.ReduceLROnPlateau(optimizer), schedule=schedule),
            VALID,
        )


@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_a_schedule_that_takes_no_metric_is_not_given_one():
    model = linear()
    optimizer = sgd(model)
    with pytest.raises(UsageError, match="schedule="):
        fit(make_trainer(model, optimizer, scheduler=lr_scheduler.StepLR(optimizer, 1), schedule="loss"), VALID)


@pytest.mark.filterwarnings("ignore:Detected call of")
def test_a_scheduler_of_another_optimizer():
    model = linear()
    with pytest.raises(UsageError, match="scheduler"):
        fit(make_trainer(model, sgd(model), scheduler=lr_scheduler.StepLR(sgd(model), 1)))


def test_a_metric_that_is_not_there_is_found_before_the_first_step():
    model = linear()
    before = weights(model)
    with pytest.raises(UsageError):
        fit(make_trainer(model, best=("accuracy", "max"), metrics={"mae": nn.L1Loss()}), VALID)
    assert_same_bits(before, model)


def test_an_optimizer_that_wants_a_closure_is_refused():
    model = linear()
    with pytest.raises(UsageError, match="LBFGS"):
        fit(make_trainer(model, torch.optim.LBFGS(model.parameters())))


class LearnedLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, outputs, targets):
        return ((outputs - targets).pow(2) / self.scale.exp()).mean() + self.scale.mean()


def test_the_parameters_of_a_loss_are_carried(folder):
    def train(epochs):
        model, loss = linear(), LearnedLoss()
        optimizer = torch.optim.SGD([*model.parameters(), *loss.parameters()], lr=0.1)
        fit(make_trainer(model, optimizer, loss=loss), run=folder if epochs else None, epochs=epochs or 4)
        return loss.scale.detach()

    train(2)
    assert torch.equal(train(4), train(0))


@pytest.mark.filterwarnings("ignore::retorch.RetorchNotice")
def test_a_generator_is_said_to_be_used_up():
    with pytest.raises(EmptyLoader, match="used up"):
        make_trainer().fit((TRAIN for _ in range(3)), epochs=2, quiet=True)
