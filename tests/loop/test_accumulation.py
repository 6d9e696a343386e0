"""A window of micro-batches is one step: the one that a single large batch would give."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.loop.material import SEED, assert_same_bits, linear, make_trainer, mlp, regression, sgd, weights
from torch import nn

import retorch
from retorch.errors import UsageError
from retorch.runs import read_metrics

DATA = regression(dtype=torch.float64)


def train(model, optimizer=None, *, data=DATA, **options):
    """Train in order, so that windows and large batches hold the same samples."""
    settings = {name: options.pop(name) for name in ("accumulate", "clip_norm", "step", "average") if name in options}
    trainer = make_trainer(model, optimizer, **settings)
    return trainer.fit(data, **{"epochs": 3, "shuffle": False, "quiet": True} | options)


def assert_close(left, right):
    for name, tensor in weights(left).items():
        torch.testing.assert_close(tensor, right.state_dict()[name], rtol=1e-12, atol=1e-14)


@settings(max_examples=25, deadline=None)
@given(samples=st.integers(1, 20), micro=st.integers(1, 7), accumulate=st.integers(1, 5))
def test_windows_equal_large_batches(samples, micro, accumulate):
    """Also where the last micro-batch, and with it the last window, is smaller."""
    data = tuple(part[:samples] for part in DATA)
    windowed, whole = mlp().double(), mlp().double()
    result = train(windowed, data=data, batch_size=micro, accumulate=accumulate)
    wanted = train(whole, data=data, batch_size=micro * accumulate)
    assert_close(windowed, whole)
    assert result.steps == wanted.steps == 3 * -(-samples // (micro * accumulate))
    assert result.train["loss"] == pytest.approx(wanted.train["loss"], rel=1e-12)


def test_windows_equal_large_batches_for_adam_clipping_and_an_average():
    windowed, whole = mlp().double(), mlp().double()
    options = {"clip_norm": 0.1, "average": 0.9}
    train(windowed, torch.optim.AdamW(windowed.parameters()), batch_size=3, accumulate=3, **options)
    train(whole, torch.optim.AdamW(whole.parameters()), batch_size=9, **options)
    assert_close(windowed, whole)


def test_the_step_is_divided_by_the_real_number_of_samples():
    """Worked out by hand: w = 0, loss (w - y)^2, y = 1, 2, 6 in micro-batches of 2 and 1.

    The gradient of the mean over three samples is -2 (1 + 2 + 6) / 3 = -6; a mean of means would be -2 (1.5 + 6) / 2.
    """
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.zeros_(model.weight)
    data = torch.ones(3, 1).double(), torch.tensor([[1.0], [2.0], [6.0]]).double()
    result = train(model, sgd(model, lr=1.0), data=data, epochs=1, batch_size=2, accumulate=2)
    assert model.weight.item() == pytest.approx(6.0, rel=1e-12)
    assert result.steps == 1
    assert result.train["loss"] == pytest.approx((1 + 4 + 36) / 3, rel=1e-12)


def test_the_values_of_a_window_are_means_over_its_samples(folder):
    def step(model, batch):
        return {"loss": nn.functional.mse_loss(model(batch[0]), batch[1]), "first": batch[0][:, 0].mean()}

    model = linear().double()
    train(model, sgd(model, lr=0.0), step=step, batch_size=3, accumulate=4, epochs=1, run=folder)
    rows = [row.value for row in read_metrics(folder) if (row.phase, row.name) == ("train", "first")]
    column = DATA[0][:, 0]
    assert rows == pytest.approx([column[:12].mean().item(), column[12:].mean().item()], rel=1e-12)


def test_a_window_of_one_moves_no_bit():
    plain, windowed = mlp(0.3).double(), mlp(0.3).double()
    train(plain, batch_size=8)
    train(windowed, batch_size=8, accumulate=1)
    assert_same_bits(plain, windowed)


def test_a_window_larger_than_the_epoch_is_one_step_an_epoch():
    windowed, whole = mlp().double(), mlp().double()
    assert train(windowed, batch_size=3, accumulate=1000).steps == 3
    train(whole, batch_size=20)
    assert_close(windowed, whole)


def test_each_micro_batch_draws_its_own_dropout():
    seen = []

    def step(model, batch):
        seen.append(torch.rand(()).item())
        return nn.functional.mse_loss(model(batch[0]), batch[1])

    train(linear().double(), step=step, batch_size=2, accumulate=5, epochs=2)
    assert len(set(seen)) == len(seen) == 20


def test_a_hand_written_loop_walks_windows():
    run = retorch.Run(None, seed=SEED)
    loader = retorch.Loader(DATA, 3)
    sizes, steps = [], []
    for _ in run.epochs(2):
        walk = run.steps(loader, window=3)
        assert len(walk) == 3
        for window in walk:
            steps.append((run.step, run.batch))
            sizes.append([len(inputs) for inputs, _ in run.micro_batches(window)])
    assert sizes == [[3, 3, 3], [3, 3, 3], [2]] * 2
    assert steps == [(0, 0), (1, 3), (2, 6), (3, 0), (4, 3), (5, 6)]


@pytest.mark.parametrize("window", [0, -1])
def test_a_window_of_no_batch(window):
    with pytest.raises(UsageError, match=f"window={window} was asked; a step takes at least 1 batch"):
        retorch.Run(None, seed=SEED).steps([1], window=window)


def test_a_window_of_a_broken_number_of_batches():
    with pytest.raises(UsageError, match=r"window=2\.5"):
        retorch.Run(None, seed=SEED).steps([1], window=2.5)
