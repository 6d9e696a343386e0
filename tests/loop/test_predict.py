"""Predictions: eval mode, no gradients, and one sample without a batch axis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
import torch
from tests.loop.material import make_trainer, mlp, numbers, regression
from torch import nn

import retorch
from retorch.errors import EmptyLoader

INPUTS, TARGETS = DATA = regression()


def trained(model=None, **settings):
    trainer = make_trainer(mlp(0.5, norm=True) if model is None else model, **settings)
    trainer.fit(DATA, epochs=1, batch_size=8, quiet=True)
    return trainer


@pytest.mark.parametrize("batch_size", [1, 3, 8, 256])
def test_predictions_are_the_models_outputs_in_order(batch_size):
    trainer = trained()
    outputs = trainer.predict(DATA, batch_size=batch_size)
    assert trainer.model.training
    assert not outputs.requires_grad
    torch.testing.assert_close(outputs, trainer.model.eval()(INPUTS).detach())


def test_targets_are_not_needed():
    trainer = trained()
    wanted = trainer.predict(DATA)
    samples = [pair[0] for pair in zip(*DATA, strict=True)]
    for data in (INPUTS, INPUTS.numpy(), retorch.Loader(INPUTS, 256), [(x,) for x in samples],
                 torch.utils.data.DataLoader(INPUTS, 256)):  # fmt: skip
        assert torch.equal(trainer.predict(data), wanted)


def test_one_sample_has_the_prediction_that_it_has_in_a_batch():
    """BatchNorm would refuse [3], and misread it as a batch of 3."""
    trainer = trained()
    outputs = trainer.predict(DATA)
    for number in (0, 7):
        one = trainer.predict_one(INPUTS[number])
        assert one.shape == (2,)
        assert not one.requires_grad
        torch.testing.assert_close(one, outputs[number])


def test_predicting_changes_nothing():
    trainer = trained()
    trainer.model[1].eval()
    before = [module.training for module in trainer.model.modules()]
    state = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    stream = torch.get_rng_state()
    trainer.predict(DATA)
    trainer.predict_one(INPUTS[0])
    trainer.evaluate(DATA)
    assert [module.training for module in trainer.model.modules()] == before
    assert all(torch.equal(tensor, state[name]) for name, tensor in trainer.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), stream)


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, batch):
        outputs = self.layer(batch["x"])
        return {"outputs": outputs, "both": (outputs + 1, outputs.sum(1))}


def named_step(model, batch):
    return model(batch)["outputs"].pow(2).mean()


def test_samples_and_outputs_may_be_mappings():
    trainer = make_trainer(Named(), step=named_step)
    samples = [{"x": x, "name": f"sample {n}"} for n, x in enumerate(INPUTS)]
    trainer.fit(samples, epochs=1, quiet=True)
    one = trainer.predict_one(samples[4])
    batches = trainer.predict(samples, batch_size=8)
    assert [len(batch["outputs"]) for batch in batches] == [8, 8, 4]
    torch.testing.assert_close(one["outputs"], batches[0]["outputs"][4])
    torch.testing.assert_close(one["both"][1], batches[0]["both"][1][4])
    assert one["both"][0].shape == (2,)
    assert one["both"][1].shape == ()


class Pair(NamedTuple):
    left: torch.Tensor
    right: torch.Tensor


def test_a_sample_may_be_a_named_tuple():
    class Difference(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, pair):
            return Pair(self.layer(pair.left), pair.right)

    model = Difference()
    trainer = make_trainer(model, step=lambda model, batch: model(Pair(batch[0], batch[0])).left.mean())
    one = trainer.predict_one(Pair(INPUTS[0], INPUTS[1]))
    torch.testing.assert_close(one.left, model.layer(INPUTS[0]).detach())
    assert torch.equal(one.right, INPUTS[1])


def test_a_compiled_model_predicts():
    trainer = make_trainer(mlp(norm=True), compile={"backend": "eager"})
    torch.testing.assert_close(trainer.predict_one(INPUTS[3]), trainer.predict(DATA)[3])
    torch._dynamo.reset()


def test_nothing_to_predict():
    with pytest.raises(EmptyLoader, match="there is nothing to predict: the data set gave no batch"):
        trained().predict(INPUTS[:0])


def test_evaluate_gives_loss_and_metrics_over_all_samples():
    trainer = trained(metrics={"mae": nn.L1Loss()})
    scores = trainer.evaluate(DATA, batch_size=8)
    outputs = trainer.model.eval()(INPUTS)
    assert scores["loss"] == pytest.approx(nn.functional.mse_loss(outputs, TARGETS).item(), rel=1e-5)
    assert scores["mae"] == pytest.approx(nn.functional.l1_loss(outputs, TARGETS).item(), rel=1e-5)


def test_evaluating_an_untrained_model_leaves_no_trace():
    first, second = make_trainer(mlp(0.3)), make_trainer(mlp(0.3))
    second.evaluate(DATA)
    second.predict(DATA)
    first.fit(DATA, epochs=1, quiet=True)
    second.fit(DATA, epochs=1, quiet=True)
    assert torch.equal(first.model[0].weight, second.model[0].weight)


@pytest.mark.parametrize("sample", [INPUTS[0].numpy(), {"x": np.float64(1.0)}])
def test_one_sample_as_the_data_set_gives_it(sample):
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(1, 1)

        def forward(self, batch):
            return batch["x"].unsqueeze(1) * self.layer.weight if isinstance(batch, dict) else batch.sum(1)

    assert make_trainer(Flat()).predict_one(sample).numel() == 1


def test_an_output_without_a_batch_axis_is_given_as_it_is():
    class Total(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 1)

        def forward(self, inputs):
            return self.layer(inputs).sum()

    assert make_trainer(Total()).predict_one(numbers(3)).shape == ()
