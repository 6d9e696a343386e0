"""A norm with a scale of its own, on digits."""

import torch
from sklearn.datasets import load_digits
from torch import nn


class RMSNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = torch.ones(dim, requires_grad=True)  # <-- the mistake

    def forward(self, x):
        return x / x.pow(2).mean(-1, keepdim=True).add(1e-6).sqrt() * self.scale


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])
model = nn.Sequential(nn.Linear(64, 24), RMSNorm(24), nn.ReLU(), nn.Linear(24, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for batch in torch.randperm(256).split(64):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
