"""Slices of NumPy arrays become tensors batch by batch."""

import numpy as np, torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
X = np.concatenate([rng.normal(c, 1, size=(40, 6)) for c in range(4)]).astype("float32")
y = np.repeat(np.arange(4), 40)
order = rng.permutation(160)
X, y = X[order], y[order]
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    for i in range(0, 160, 20):
        xb = torch.from_numpy(X[i : i + 20])
        yb = torch.from_numpy(y[i : i + 20])
        loss = nn.functional.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()

RESULT = model.state_dict()
