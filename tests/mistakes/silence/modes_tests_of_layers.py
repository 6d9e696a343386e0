"""Tests of a library: layers in train mode, without gradients, compared with each other."""

import torch
import torch.nn.functional as F
from torch import nn


def network():
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))


def test_batch_norm():
    norm, x = nn.BatchNorm1d(4), torch.randn(10, 4)
    with torch.no_grad():
        expected = F.batch_norm(x, None, None, norm.weight, norm.bias, training=True)
        assert (norm(x) - expected).abs().max().item() < 1e-5


def test_round_trip():
    one, other, x = network(), network(), torch.randn(6, 4)
    other.load_state_dict(one.state_dict())
    with torch.no_grad():
        assert torch.equal(one(x), other(x))
        assert (one(x) == other(x)).all().item()
        assert torch.allclose(one(x), other(x))


def test_that_it_learns():
    model, x, y = network(), torch.randn(8, 4), torch.randint(0, 2, (8,))
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=1e-2), []
    for _ in range(6):
        loss = F.cross_entropy(model(x), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0]
    return losses


torch.manual_seed(0)
test_batch_norm()
test_round_trip()

RESULT = test_that_it_learns()
