"""A gated network whose gates are kept away from 0 and 1."""

import torch
from sklearn.datasets import load_wine
from torch import nn


class Gated(nn.Module):
    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.value = nn.Linear(inputs, hidden)
        self.gate = nn.Linear(inputs, hidden)
        self.head = nn.Linear(hidden, outputs)

    def forward(self, x):
        gate = torch.sigmoid(self.gate(x))
        gate.data.clamp_(0.3, 0.7)  # <-- the mistake
        return self.head(gate * self.value(x))


torch.manual_seed(0)
x, y = load_wine(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y)
model = Gated(13, 16, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _step in range(4):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()

RESULT = loss.detach()
