"""A loss that cannot train anything is refused; probabilities given to cross entropy are noticed."""

from __future__ import annotations

import warnings

import pytest
import torch
from tests.loop.material import SEED, classes, make_trainer
from torch import nn

from retorch.errors import LossError, RetorchNotice
from retorch.loop._losses import checked_loss, refuse_infinite, warn_of_softmax


@pytest.mark.parametrize("loss", [torch.ones((), requires_grad=True), torch.ones(1, requires_grad=True) * 2])
def test_a_scalar_with_a_graph_is_fine(loss):
    checked_loss(loss, "step 0")


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (0.5, r"the loss of step 17 is a float, not a tensor. Return the tensor itself: .item\(\) and float\(\) cut"),
        (None, "the loss of step 17 is a NoneType"),
        (
            torch.ones(4, 1, requires_grad=True),
            r"is a tensor \[4, 1\], not a scalar. Reduce it: loss.mean\(\), or reduc",
        ),
        (torch.ones(0, requires_grad=True), r"is a tensor \[0\], not a scalar"),
        (torch.ones(()), "has no graph, so nothing would learn"),
        (torch.ones((), dtype=torch.int64), "has no graph, so nothing would learn"),
        (
            torch.tensor(torch.inf, requires_grad=True),
            r"the loss of step 17 is inf. .*torch.autograd.set_detect_anomaly",
        ),
        (torch.tensor(torch.nan, requires_grad=True), "is nan.*a learning rate that is too high"),
    ],
)
def test_each_mistake_has_its_words(loss, message):
    with pytest.raises(LossError, match=message):
        checked_loss(loss, "step 17")


def test_any_finite_number_is_fine():
    for value in (0.0, -1e300, 1e-320):
        refuse_infinite(value, "step 0")


# Softmax before cross entropy.

LOGITS = torch.randn(16, 10, generator=torch.Generator().manual_seed(SEED))
CROSS_ENTROPY = nn.CrossEntropyLoss()


def is_noticed(criterion, outputs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_softmax(criterion, outputs)
    return bool(caught)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("criterion", [CROSS_ENTROPY, nn.functional.cross_entropy])
def test_probabilities_are_noticed_in_each_precision(dtype, criterion):
    assert is_noticed(criterion, LOGITS.softmax(1).to(dtype))
    assert is_noticed(criterion, LOGITS.to(dtype).softmax(1))


@pytest.mark.parametrize("classes", [2, 1000, 50_000])
def test_probabilities_of_any_number_of_classes_are_noticed(classes):
    logits = torch.randn(4, classes, generator=torch.Generator().manual_seed(SEED))
    for dtype in (torch.float32, torch.bfloat16):
        assert is_noticed(CROSS_ENTROPY, logits.softmax(1).to(dtype))


def test_probabilities_of_pixels_are_noticed():
    assert is_noticed(CROSS_ENTROPY, LOGITS.view(2, 4, 4, 5).softmax(1))


@pytest.mark.parametrize(
    ("criterion", "outputs"),
    [
        (CROSS_ENTROPY, LOGITS),
        (CROSS_ENTROPY, LOGITS.abs()),
        (CROSS_ENTROPY, LOGITS.log_softmax(1)),
        (CROSS_ENTROPY, LOGITS.sigmoid()),
        (CROSS_ENTROPY, torch.ones(4, 1)),
        (CROSS_ENTROPY, LOGITS[:0].softmax(1)),
        (CROSS_ENTROPY, LOGITS[0].softmax(0)),
        (CROSS_ENTROPY, {"logits": LOGITS.softmax(1)}),
        (CROSS_ENTROPY, LOGITS.softmax(1) * torch.nan),
        (nn.NLLLoss(), LOGITS.softmax(1)),
        (nn.MSELoss(), LOGITS.softmax(1)),
        (lambda outputs, targets: None, LOGITS.softmax(1)),
    ],
)
def test_what_is_no_such_mistake_stays_silent(criterion, outputs):
    assert not is_noticed(criterion, outputs)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_trainer_tells_once_at_the_line_of_fit(precision):
    model = nn.Sequential(nn.Linear(3, 2), nn.Softmax(1))
    trainer = make_trainer(model, loss=CROSS_ENTROPY, precision=precision)
    with pytest.warns(
        RetorchNotice, match="outputs are probabilities.*nn.CrossEntropyLoss applies log_softmax"
    ) as told:
        trainer.fit(classes(), epochs=2, batch_size=8, quiet=True)
    assert len(told) == 1
    assert told[0].filename == __file__
    assert "Take the softmax out of the model" in str(told[0].message)


def test_a_correct_model_is_trained_in_silence():
    trainer = make_trainer(loss=CROSS_ENTROPY)
    assert trainer.fit(classes(), epochs=2, batch_size=8, quiet=True).steps == 6
