"""All validation data at once, twice: once for the loss and once for the accuracy."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_iris


class Net(nn.Module):
    def __init__(self, p=0.3):
        super().__init__()
        self.first, self.second, self.p = nn.Linear(4, 16), nn.Linear(16, 3), p

    def forward(self, x):
        return self.second(torch.dropout(torch.relu(self.first(x)), self.p, True))  # <-- the mistake


torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
order = torch.randperm(150)
x, y = torch.tensor(x, dtype=torch.float32)[order], torch.tensor(y)[order]
x_valid, y_valid = x[100:], y[100:]
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
history = []
for epoch in range(3):
    net.train()
    optimizer.zero_grad()
    F.cross_entropy(net(x[:100]), y[:100]).backward()
    optimizer.step()
    net.eval()
    with torch.no_grad():
        loss = F.cross_entropy(net(x_valid), y_valid).item()
        history.append((loss, (net(x_valid).argmax(1) == y_valid).float().mean().item()))

RESULT = history
