"""Linear regression with weights by hand."""

import torch
from sklearn.datasets import load_diabetes

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features[:, :3] * 20, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)

w = (torch.randn(3, 1) * 0.1).requires_grad_()
b = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.1)
losses = []
for epoch in range(5):
    loss = ((x @ w + b - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

RESULT = losses
