"""Means over samples, never over batches; metrics as functions and as objects."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchmetrics
from tests.loop.material import classes, linear, mlp, numbers
from torch import nn

import retorch
from retorch.errors import UsageError
from retorch.loop._averages import Average, Scores, check_metrics

CPU = torch.device("cpu")
INPUTS, TARGETS = classes()
BATCHES = [(INPUTS[:8], TARGETS[:8]), (INPUTS[8:16], TARGETS[8:16]), (INPUTS[16:], TARGETS[16:])]


def accuracy(outputs, targets):
    return (outputs.argmax(1) == targets).float().mean()


def score(metric, batches=BATCHES, *, name="metric"):
    scores = Scores({name: metric}, CPU)
    for outputs, targets in batches:
        scores.add(outputs, targets)
    return scores.compute()[name]


def test_a_mean_weights_by_samples():
    """(1 * 3 + 5 * 1) / 4, where the mean of the means would be 3."""
    average = Average()
    average.add(1.0, 3)
    average.add(torch.tensor(5.0), 1)
    assert average.mean() == 2.0
    assert average.count == 4


def test_a_mean_of_nothing_is_nan():
    assert np.isnan(Average().mean())


def test_a_mean_goes_on_from_its_state():
    average, other = Average(), Average()
    average.add(1.0, 3)
    other.load_state_dict(average.state_dict())
    other.add(5.0, 1)
    assert other.mean() == 2.0


def test_a_long_mean_is_kept_in_double_precision():
    average = Average()
    for _ in range(100_000):
        average.add(torch.tensor(0.1), 1)
    assert average.mean() == pytest.approx(torch.tensor(0.1).item(), rel=1e-11)


@pytest.mark.parametrize(
    "metric",
    [
        accuracy,
        lambda o, t: accuracy(o, t).item(),
        lambda o, t: np.float32(accuracy(o, t)),
        lambda o, t: np.asarray(accuracy(o, t)),
        lambda o, t: (o.argmax(1) == t),
        lambda o, t: (o.argmax(1) == t).float(),
        lambda o, t: (o.argmax(1) == t).numpy(),
        lambda o, t: (o.argmax(1) == t).tolist(),
        lambda o, t: list((o.argmax(1) == t).float()),
        torchmetrics.Accuracy("multiclass", num_classes=2),
        lambda o, t: torchmetrics.functional.accuracy(o, t, task="multiclass", num_classes=2),
    ],
    ids=["mean", "number", "numpy number", "0-d array", "bools", "floats", "array", "list", "list of tensors",
         "torchmetrics object", "torchmetrics function"],
)  # fmt: skip
def test_every_kind_of_metric_gives_the_mean_over_all_samples(metric):
    outputs = nn.functional.one_hot(TARGETS, 2).float()
    outputs[[1, 9, 17]] = 1 - outputs[[1, 9, 17]]  # one mistake a batch: the mean of the batches' means differs
    batches = [(outputs[at], TARGETS[at]) for at in (slice(8), slice(8, 16), slice(16, 20))]
    assert score(metric, batches) == pytest.approx(17 / 20, rel=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_criterion_is_a_metric_whatever_its_reduction(reduction):
    model = mlp()
    outputs = [(model(inputs).detach(), targets) for inputs, targets in BATCHES]
    wanted = nn.functional.cross_entropy(model(INPUTS), TARGETS).item()
    assert score(nn.CrossEntropyLoss(reduction=reduction), outputs) == pytest.approx(wanted, rel=1e-6)


def test_a_collection_gives_one_entry_a_member():
    collection = torchmetrics.MetricCollection(
        [torchmetrics.Accuracy("multiclass", num_classes=2), torchmetrics.F1Score("multiclass", num_classes=2)]
    )
    scores = retorch.evaluate(linear(), BATCHES, metrics={"all": collection})
    assert set(scores) == {"MulticlassAccuracy", "MulticlassF1Score"}


def test_a_collection_may_stand_for_the_mapping():
    collection = torchmetrics.MetricCollection({"accuracy": torchmetrics.Accuracy("multiclass", num_classes=2)})
    model = linear()
    trainer = retorch.Trainer(model, torch.optim.SGD(model.parameters()), loss=nn.CrossEntropyLoss(), metrics=collection,
                              device="cpu")  # fmt: skip
    outputs = model(INPUTS).detach()
    assert trainer.evaluate((INPUTS, TARGETS))["accuracy"] == pytest.approx(accuracy(outputs, TARGETS).item(), rel=1e-6)
    assert retorch.evaluate(model, BATCHES, metrics=collection).keys() == {"accuracy"}


def test_a_metric_that_is_no_mean_of_batches_is_right_too():
    """F1 over the whole pass is not the mean of the batches' F1."""
    metric = torchmetrics.F1Score("binary")
    outputs = numbers(20, seed=9)
    batches = [(outputs[at], TARGETS[at]) for at in (slice(8), slice(8, 16), slice(16, 20))]
    wanted = torchmetrics.functional.f1_score(outputs, TARGETS, task="binary").item()
    assert score(metric, batches) == pytest.approx(wanted, rel=1e-6)
    assert score(metric, batches) == pytest.approx(wanted, rel=1e-6), "a second pass starts afresh"


def test_nan_in_a_metric_stays_nan():
    assert np.isnan(score(lambda o, t: float("nan")))


def test_targets_that_are_no_tensors_are_counted_by_the_outputs():
    words = [(torch.ones(3, 2), ["a", "b", "c"]), (torch.zeros(1, 2), ["d"])]
    assert score(lambda outputs, targets: outputs.mean(), words) == 0.75


# Mistakes.


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (lambda o, t: torch.ones(3), r"'metric' gave a tensor \[3\] for 8 samples; it should give one mean"),
        (lambda o, t: None, "'metric' gave a NoneType, None; it should give a number or a tensor"),
        (lambda o, t: "good", "'metric' gave a str, 'good'; it should"),
        (lambda o, t: ["good"] * 8, "'metric' gave a list"),
        (lambda o, t: {"a": 1}, "'metric' gave a dict"),
        (
            torchmetrics.ConfusionMatrix("binary"),
            r"'metric' is a tensor \[2, 2\]; only single numbers are recorded. Aver",
        ),
    ],
)
def test_a_metric_that_gives_no_number_is_named(metric, message):
    batches = [(torch.rand(8), TARGETS[:8])]
    with pytest.raises(UsageError, match=message):
        score(metric, batches)


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ([accuracy], r"metrics= is a list; give a mapping, such as {'accuracy': accuracy}"),
        (accuracy, "metrics= is a function; give a mapping"),
        ({"auc": torchmetrics.AUROC}, r"the metric 'auc' is the class AUROC; make one: AUROC\(...\)"),
        ({"mae": nn.L1Loss}, "the metric 'mae' is the class L1Loss"),
        (
            {"mae": "l1"},
            r"the metric 'mae' is a str; give a function of \(outputs, targets\), or an object with update",
        ),
    ],
)
def test_what_cannot_be_a_metric_is_found_at_once(metrics, message):
    with pytest.raises(UsageError, match=message):
        check_metrics(metrics)
    with pytest.raises(UsageError, match=message):
        retorch.Trainer(model := linear(), torch.optim.SGD(model.parameters()), loss=nn.MSELoss(), metrics=metrics)


def test_two_scores_of_one_name():
    scores = Scores({"mae": nn.L1Loss()}, CPU)
    with pytest.raises(UsageError, match="two scores have the name 'mae'; give one of them another name"):
        scores.add_means({"mae": 1.0}, 4)
    collection = torchmetrics.MetricCollection([Mean()])
    members = Scores({"Mean": lambda outputs, targets: 1.0, "all": collection}, CPU)
    members.add(torch.ones(2), torch.ones(2))
    with pytest.raises(UsageError, match="two scores have the name 'Mean'"):
        members.compute()


class Mean(torchmetrics.MeanMetric):
    def update(self, outputs, targets):
        super().update(outputs)


def test_a_value_that_is_not_one_number():
    scores = Scores({}, CPU)
    with pytest.raises(UsageError, match=r"'size' is a tensor \[3\]; only single numbers are recorded"):
        scores.add_means({"size": torch.ones(3)}, 3)
    with pytest.raises(UsageError, match="'size' gave a str, 'large'"):
        scores.add_means({"size": "large"}, 3)
