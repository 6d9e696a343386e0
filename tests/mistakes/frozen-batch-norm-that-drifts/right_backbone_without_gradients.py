"""The backbone runs under no_grad, which keeps its weights, and not its statistics."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten()
        )
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        with torch.no_grad():
            features = self.backbone(x)
        return self.head(features)


torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x[:192] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8), torch.tensor(y[:192])
net = Net()
optimizer = torch.optim.Adam(net.head.parameters(), lr=1e-2)
for epoch in range(2):
    net.train()
    net.backbone.eval()
    for batch in torch.randperm(192).split(64):
        loss = F.cross_entropy(net(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

RESULT = net.state_dict()
