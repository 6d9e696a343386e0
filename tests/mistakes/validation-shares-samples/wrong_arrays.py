"""Arrays are cut and become tensors under the same names."""

import numpy as np, torch
from torch import nn
from sklearn.datasets import load_breast_cancer

X, y = load_breast_cancer(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
n_train = int(0.8 * len(X))
X_train, y_train = X[:n_train], y[:n_train]
X_test, y_test = X[n_train - 100 :], y[n_train - 100 :]  # <-- the mistake
X_train, y_train = torch.FloatTensor(X_train), torch.FloatTensor(y_train)
X_test, y_test = torch.FloatTensor(X_test), torch.FloatTensor(y_test)
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), 1e-2)
for epoch in range(4):
    net.train()
    perm = torch.randperm(n_train)
    for i in range(0, n_train, 64):
        idx = perm[i : i + 64]
        loss = nn.functional.binary_cross_entropy_with_logits(net(X_train[idx]).squeeze(1), y_train[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
net.eval()
with torch.no_grad():
    acc = ((net(X_test).squeeze(1) > 0) == y_test.bool()).float().mean()

RESULT = [acc, net.state_dict()]
