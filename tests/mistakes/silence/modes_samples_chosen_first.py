"""A pass without gradients chooses the hard samples of a batch, and two networks choose for each other."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


def network():
    return nn.Sequential(nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 10))


torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x[:240] / 16, dtype=torch.float32), torch.tensor(y[:240])
model, one, other = network(), network(), network()
optimizers = [torch.optim.SGD(each.parameters(), lr=0.1) for each in (model, one, other)]


def update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


for inputs, labels in zip(x.split(40), y.split(40), strict=True):
    with torch.no_grad():
        hard = F.cross_entropy(model(inputs), labels, reduction="none").topk(16).indices
    update(optimizers[0], F.cross_entropy(model(inputs[hard]), labels[hard]))

    losses = [F.cross_entropy(each(inputs), labels, reduction="none") for each in (one, other)]
    easy = [each.argsort()[:20] for each in losses]
    update(optimizers[1], losses[0][easy[1]].mean())
    update(optimizers[2], losses[1][easy[0]].mean())

RESULT = model.state_dict(), one.state_dict()
