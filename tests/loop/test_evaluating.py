"""Evaluation gives everything back; the two epochs that everybody copies are right."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest
import torch
from tests.loop.material import SEED, assert_same_bits, linear, mlp, regression, sgd, weights
from torch import nn

import retorch
from retorch.errors import EmptyLoader, LossError, OptimizerError, RetorchNotice, UsageError

INPUTS, TARGETS = regression()
BATCHES = [(INPUTS[:8], TARGETS[:8]), (INPUTS[8:16], TARGETS[8:16]), (INPUTS[16:], TARGETS[16:])]


def modes(model):
    return {name: module.training for name, module in model.named_modules()}


def mixed():
    """Return a model that trains, with a backbone that sleeps, one of whose children trains."""
    model = nn.Sequential(mlp(0.5, norm=True), nn.Dropout(), nn.Linear(2, 2))
    model[0].eval()
    model[0][3].train()
    return model


@pytest.fixture(params=["evaluating", "run.evaluating"])
def evaluating(request):
    """Return each of the two ways to evaluate."""
    if request.param == "evaluating":
        return retorch.evaluating
    run = retorch.Run(None, seed=SEED)
    return run.evaluating


# Modes.


def test_each_module_gets_its_own_mode_back(evaluating):
    model = mixed()
    before = modes(model)
    with evaluating(model):
        assert not any(modes(model).values())
    assert modes(model) == before
    assert len(set(before.values())) == 2


def test_modes_come_back_after_an_exception(evaluating):
    model = mixed()
    before = modes(model)
    with pytest.raises(ZeroDivisionError), evaluating(model):
        raise ZeroDivisionError
    assert modes(model) == before
    assert torch.is_grad_enabled()


def test_modes_come_back_where_the_block_changed_them(evaluating):
    model = mixed()
    before = modes(model)
    with evaluating(model):
        model.train()
        model[0].eval()
    assert modes(model) == before


def test_blocks_may_be_nested(evaluating):
    model = mixed()
    before = modes(model)
    with evaluating(model):
        with evaluating(model[0]), evaluating(model, model[0]):
            pass
        assert not any(modes(model).values())
        assert not torch.is_grad_enabled()
    assert modes(model) == before


def test_a_sleeping_model_sleeps_on(evaluating):
    model = mlp(0.5).eval()
    with evaluating(model):
        pass
    assert not any(modes(model).values())


def test_a_block_may_be_left_by_return_and_break(evaluating):
    model = mixed()
    before = modes(model)

    def leave():
        with evaluating(model):
            return modes(model)

    assert not any(leave().values())
    for _ in range(3):
        with evaluating(model):
            break
    assert modes(model) == before


def test_modules_that_work_when_their_mode_changes_are_told():
    class Merging(nn.Linear):
        merged = False

        def train(self, mode=True):
            self.merged = not mode
            return super().train(mode)

    model = nn.Sequential(Merging(3, 2))
    with retorch.evaluating(model):
        assert model[0].merged
    assert not model[0].merged


def test_running_statistics_stay(evaluating):
    model = mlp(norm=True)
    before = weights(model)
    with evaluating(model):
        model(INPUTS)
    assert_same_bits(before, model)


def test_a_run_puts_all_its_modules_into_eval_mode():
    first, second = mlp(), mlp()
    with retorch.Run(None, seed=SEED, model=first, teacher=second) as run, run.evaluating():
        assert not first.training
        assert not second.training
    assert first.training
    assert second.training


# Gradients and random streams.


def test_there_are_no_gradients_inside(evaluating):
    model = linear()
    with evaluating(model):
        assert not model(INPUTS).requires_grad
    assert model(INPUTS).requires_grad


def draw():
    return torch.rand(()).item(), np.random.rand(), random.random()


def test_the_random_streams_are_put_back(evaluating):
    retorch.seed_everything(3)
    wanted = draw()
    retorch.seed_everything(3)
    with evaluating(linear()):
        assert len({*draw(), *draw()}) == 6
    retorch.seed_everything(3)
    with pytest.raises(ZeroDivisionError), evaluating():
        draw()
        raise ZeroDivisionError
    assert draw() == wanted


def test_the_key_decides_what_is_drawn_inside():
    drawn = []
    for key in (1, 1, 2, None, None):
        draw()
        with retorch.evaluating(key=key):
            drawn.append(draw())
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[3] == drawn[4]


def test_two_evaluations_of_one_step_draw_their_own_numbers():
    drawn = []
    run = retorch.Run(None, seed=SEED)
    for _ in range(2):
        with run.evaluating():
            drawn.append(draw())
    assert drawn[0] != drawn[1]


def test_tracked_generators_are_put_back():
    run = retorch.Run(None, seed=SEED)
    mine = torch.Generator().manual_seed(1)
    run.track(mine=mine)
    numpy = run.rng()
    before = mine.get_state(), copy.deepcopy(numpy.bit_generator.state)
    with run.evaluating():
        torch.rand((), generator=mine)
        numpy.random()
    assert torch.equal(mine.get_state(), before[0])
    assert numpy.bit_generator.state == before[1]


# The two templates.


def test_train_epoch_is_the_loop_that_everybody_writes():
    model, mine = mlp(0.3, norm=True), mlp(0.3, norm=True)
    optimizer, by_me = sgd(model), sgd(mine)
    retorch.seed_everything(1)
    mean = retorch.train_epoch(model, BATCHES, optimizer, nn.MSELoss())
    retorch.seed_everything(1)
    total = 0.0
    for inputs, targets in BATCHES:
        by_me.zero_grad()
        loss = nn.functional.mse_loss(mine(inputs), targets)
        loss.backward()
        by_me.step()
        total += loss.item() * len(inputs)
    assert_same_bits(mine, model)
    assert mean == pytest.approx(total / 20, rel=1e-12)


def test_train_epoch_wakes_the_model_and_drops_old_gradients():
    model, mine = mlp(), mlp()
    model(INPUTS).sum().backward()
    retorch.train_epoch(model.eval(), BATCHES, sgd(model), nn.MSELoss())
    retorch.train_epoch(mine, BATCHES, sgd(mine), nn.MSELoss())
    assert model.training
    assert_same_bits(mine, model)


def test_evaluate_gives_means_over_samples():
    model = mixed()
    before, state = modes(model), weights(model)
    scores = retorch.evaluate(model, BATCHES, nn.MSELoss(), metrics={"mae": nn.functional.l1_loss})
    assert modes(model) == before
    assert_same_bits(state, model)
    outputs = model.eval()(INPUTS)
    assert scores["loss"] == pytest.approx(nn.functional.mse_loss(outputs, TARGETS).item(), rel=1e-6)
    assert scores["mae"] == pytest.approx(nn.functional.l1_loss(outputs, TARGETS).item(), rel=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_evaluate_takes_each_reduction(reduction):
    model = linear()
    criterion = nn.CrossEntropyLoss(reduction=reduction)
    batches = [(inputs, targets[:, 0].gt(0).long()) for inputs, targets in BATCHES]
    wanted = nn.functional.cross_entropy(model(INPUTS), TARGETS[:, 0].gt(0).long()).item()
    assert retorch.evaluate(model, batches, criterion)["loss"] == pytest.approx(wanted, rel=1e-6)


def test_train_epoch_says_the_mean_of_a_criterion_that_sums():
    model = linear()
    wanted = nn.functional.mse_loss(model(INPUTS), TARGETS, reduction="sum").item() / 20
    mean = retorch.train_epoch(model, BATCHES, sgd(model, lr=0.0), nn.MSELoss(reduction="sum"))
    assert mean == pytest.approx(wanted, rel=1e-6)


def test_any_iterable_of_pairs_will_do():
    model = linear()
    data = torch.utils.data.TensorDataset(INPUTS, TARGETS)
    wanted = retorch.evaluate(model, BATCHES, nn.MSELoss())
    for loader in ((pair for pair in BATCHES), torch.utils.data.DataLoader(data, 8), retorch.Loader(data, 8),
                   [list(pair) for pair in BATCHES]):  # fmt: skip
        assert retorch.evaluate(model, loader, nn.MSELoss()) == wanted


def test_a_model_without_parameters_can_be_evaluated():
    assert retorch.evaluate(nn.Flatten(), [(INPUTS, INPUTS)], nn.MSELoss()) == {"loss": 0.0}


# Mistakes.


@pytest.mark.parametrize("empty", [[], (), iter([])])
def test_an_empty_loader(empty):
    model = linear()
    with pytest.raises(EmptyLoader, match="nothing to train on: the loader gave no batch"):
        retorch.train_epoch(model, empty, sgd(model), nn.MSELoss())
    with pytest.raises(EmptyLoader, match="nothing to evaluate: the loader gave no batch"):
        retorch.evaluate(model, empty, nn.MSELoss())


@pytest.mark.parametrize(
    ("batch", "kind"),
    [(INPUTS[:2], "Tensor"), ({"x": INPUTS, "y": TARGETS}, "dict of 2"), ((INPUTS, INPUTS, TARGETS), "tuple of 3")],
)
def test_a_batch_that_is_no_pair(batch, kind):
    """Two rows of a tensor, and the two names of a mapping, would come apart as inputs and targets."""
    model = linear(3, 3)
    wanted = f"gives a {kind}. Let the loader give pairs, or write the loop with retorch.Run"
    with pytest.raises(UsageError, match=wanted):
        retorch.train_epoch(model, [batch], sgd(model), nn.MSELoss())
    with pytest.raises(UsageError, match=wanted):
        retorch.evaluate(model, [batch], nn.MSELoss())
    assert model.training


def test_nothing_to_compute():
    with pytest.raises(UsageError, match="nothing to compute: give evaluate a criterion, metrics=, or both"):
        retorch.evaluate(linear(), BATCHES)


def test_a_metric_named_loss():
    with pytest.raises(UsageError, match="a metric cannot be named 'loss'"):
        retorch.evaluate(linear(), BATCHES, nn.MSELoss(), metrics={"loss": nn.L1Loss()})
    assert set(retorch.evaluate(linear(), BATCHES, metrics={"loss": nn.L1Loss()})) == {"loss"}


def test_a_loss_that_cannot_train():
    model = linear()
    with pytest.raises(LossError, match=r"the loss of batch 0 is a tensor \[8, 2\], not a scalar"):
        retorch.train_epoch(model, BATCHES, sgd(model), nn.MSELoss(reduction="none"))
    with pytest.raises(LossError, match="the loss of batch 1 is nan"):
        retorch.train_epoch(model, [BATCHES[0], (INPUTS * torch.nan, TARGETS)], sgd(model), nn.MSELoss())


def test_an_optimizer_of_another_copy():
    model = linear()
    with pytest.raises(OptimizerError, match="holds none of the parameters of 'model'"):
        retorch.train_epoch(model, BATCHES, sgd(linear()), nn.MSELoss())


def test_parameters_that_the_optimizer_does_not_hold():
    model = mlp()
    with pytest.warns(RetorchNotice, match="no optimizer holds model.0.weight, model.0.bias") as told:
        retorch.train_epoch(model, BATCHES, sgd(model[3]), nn.MSELoss())
    assert told[0].filename == __file__
