import copy
import torch
from torch import nn
from sklearn.datasets import load_diabetes

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32) * 20
y = torch.tensor(y / 100, dtype=torch.float32)[:, None]


def make_ensemble(n):
    return nn.ModuleList([nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1)) for _ in range(n)])


ensemble = make_ensemble(4)
opt = torch.optim.Adam(ensemble.parameters(), lr=5e-3)
for epoch in range(5):
    for b in torch.randperm(442).split(64):
        preds = torch.stack([m(X[b]) for m in ensemble])
        loss = ((preds - y[b]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), preds.std(0).mean().item())
