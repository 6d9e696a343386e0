"""Rows are picked by several draws, and inputs and targets belong together all the same."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
first = torch.randperm(len(x))
x, y = x[first], y[first]
net, head = nn.Sequential(nn.Linear(64, 32), nn.ReLU()), nn.Linear(32, 10)
same = nn.Linear(64, 1)
optimizer = torch.optim.Adam([*net.parameters(), *head.parameters(), *same.parameters()], lr=1e-3)
losses = []


def step(loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())


# Pairs of two draws, and whether they show the same digit.
for _ in range(2):
    i, j = torch.randint(200, (32,)), torch.randint(200, (32,))
    pair = torch.cat([net(x[i]), net(x[j])], 1)
    step(F.binary_cross_entropy_with_logits(same(pair).squeeze(1), (y[i] == y[j]).float()))

# Mixup, inside of a shuffled batch.
for index in torch.randperm(200).split(100):
    xb, yb, order = x[index], y[index], torch.randperm(len(index))
    logits = head(net(0.7 * xb + 0.3 * xb[order]))
    step(0.7 * F.cross_entropy(logits, yb) + 0.3 * F.cross_entropy(logits, yb[order]))

# Twice the same draw from the same seed, which is the long way to one permutation.
a = DataLoader(x[:128], batch_size=64, shuffle=True, generator=torch.Generator().manual_seed(1))
b = DataLoader(y[:128], batch_size=64, shuffle=True, generator=torch.Generator().manual_seed(1))
for xb, yb in zip(a, b):
    step(F.cross_entropy(head(net(xb)), yb))

RESULT = losses
