"""Adversarial training: the attack needs gradients of the input only, in eval mode; then a step on what it found."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def attack(model, x, y, eps=0.1, alpha=0.05, steps=2):
    was_training = model.training
    model.eval()
    delta = torch.empty_like(x).uniform_(-eps, eps).requires_grad_(True)
    for _ in range(steps):
        loss = F.cross_entropy(model(x + delta), y)
        (grad,) = torch.autograd.grad(loss, delta)
        with torch.no_grad():
            delta += alpha * grad.sign()
            delta.clamp_(-eps, eps)
    model.train(was_training)
    return (x + delta).detach().clamp(0, 1)


torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
loader = DataLoader(TensorDataset(x[:128], y[:128]), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.1), nn.Linear(48, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
for epoch in range(2):
    model.train()
    for xb, yb in loader:
        perturbed = attack(model, xb, yb)
        optimizer.zero_grad()
        loss = 0.5 * (F.cross_entropy(model(xb), yb) + F.cross_entropy(model(perturbed), yb))
        loss.backward()
        optimizer.step()
model.eval()
robust = (model(attack(model, x[128:192], y[128:192])).argmax(1) == y[128:192]).float().mean()

RESULT = [robust, model.state_dict()]
