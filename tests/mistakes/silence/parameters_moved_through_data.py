"""What no optimizer holds is moved by hand, through .data: a new head, and the fast weights of meta-learning."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 5))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
model[2] = nn.Linear(8, 2)
for step in range(6):
    x = torch.randn(16, 8)
    loss = F.cross_entropy(model(x), (x[:, 0] > 0).long())
    model.zero_grad()
    loss.backward()
    optimizer.step()
    for p in model[2].parameters():
        p.data -= 0.1 * p.grad.data

meta = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(meta.parameters(), lr=1e-3)
for step in range(4):
    optimizer.zero_grad()
    for task in range(2):
        fast = copy.deepcopy(meta)
        x = torch.randn(10, 1)
        loss = F.mse_loss(fast(x), x * (task + 1))
        for p, g in zip(fast.parameters(), torch.autograd.grad(loss, list(fast.parameters()))):
            p.data = p.data - 0.1 * g
        F.mse_loss(fast(x), x * (task + 1)).backward()
        for p, q in zip(meta.parameters(), fast.parameters()):
            p.grad = q.grad.clone() if p.grad is None else p.grad + q.grad
    optimizer.step()

RESULT = [model.state_dict(), meta.state_dict()]
