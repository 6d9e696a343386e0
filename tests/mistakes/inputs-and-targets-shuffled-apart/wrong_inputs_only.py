"""A permutation that is used for the inputs and forgotten for the targets; slices for batches."""

import torch, torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 8)
w = torch.randn(8)
y = (X @ w > 0).long()
perm = torch.randperm(len(X))
X = X[perm]  # <-- the mistake
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
crit = nn.CrossEntropyLoss()
for epoch in range(3):
    for i in range(0, len(X), 20):
        xb, yb = X[i : i + 20], y[i : i + 20]
        opt.zero_grad()
        loss = crit(model(xb), yb)
        loss.backward()
        opt.step()

RESULT = model.state_dict()
