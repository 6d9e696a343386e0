"""A custom autograd.Function: binary hidden units whose gradient passes straight through the sign."""

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x.abs() <= 1)


class BinaryLinear(nn.Linear):
    def forward(self, x):
        # The same estimator in its detached form.
        weight = self.weight + (self.weight.sign() - self.weight).detach()
        return nn.functional.linear(x, weight, self.bias)


torch.manual_seed(0)
x, y = load_breast_cancer(return_X_y=True)
n = 400
scaler = StandardScaler().fit(x[:n])
x = torch.tensor(scaler.transform(x), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
first, last = BinaryLinear(30, 32), nn.Linear(32, 1)
optimizer = torch.optim.Adam([*first.parameters(), *last.parameters()], lr=1e-2)
criterion = nn.BCEWithLogitsLoss()
losses = []
for epoch in range(3):
    for idx in torch.randperm(n).split(100):
        logits = last(Sign.apply(first(x[idx]))).squeeze(1)
        loss = criterion(logits, y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            first.weight.clamp_(-1, 1)
        losses.append(loss.item())
with torch.no_grad():
    accuracy = ((last(Sign.apply(first(x[n:]))).squeeze(1) > 0) == (y[n:] > 0.5)).float().mean()

RESULT = [losses, accuracy, first.weight.detach()]
