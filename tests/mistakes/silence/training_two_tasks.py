"""Two tasks on one trunk, each with an optimizer of its own, trained in turns; the trunk is in both."""

import itertools

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
trunk = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
which, how_much = nn.Linear(32, 10), nn.Linear(32, 1)
optimizer_a = torch.optim.Adam(itertools.chain(trunk.parameters(), which.parameters()), lr=1e-3)
optimizer_b = torch.optim.SGD([*trunk.parameters(), *how_much.parameters()], lr=1e-2)
loader_a = DataLoader(TensorDataset(x[:128], y[:128]), batch_size=32, shuffle=True)
loader_b = DataLoader(TensorDataset(x[128:256], x[128:256].mean(1, keepdim=True)), batch_size=32, shuffle=True)

log = []
for epoch in range(2):
    for (xa, ya), (xb, yb) in zip(loader_a, loader_b):
        optimizer_a.zero_grad()
        loss_a = nn.functional.cross_entropy(which(trunk(xa)), ya)
        loss_a.backward()
        optimizer_a.step()

        optimizer_b.zero_grad()
        loss_b = nn.functional.mse_loss(how_much(trunk(xb)), yb)
        loss_b.backward()
        optimizer_b.step()
        log.append([loss_a.item(), loss_b.item()])

RESULT = [log, trunk.state_dict(), which.state_dict(), how_much.state_dict()]
