"""There is no nn.Dropout anywhere; the forward asks for self.training."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x):
        return self.fc2(F.dropout(F.relu(self.fc1(x)), 0.5, self.training))


def test(net, x, y):
    net.eval()  # <-- the mistake
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()


torch.manual_seed(3)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x[:240] / 16, dtype=torch.float32), torch.tensor(y[:240])
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net.train()
scores = []
for epoch in range(3):
    for inputs, labels in zip(x[:160].split(40), y[:160].split(40)):
        optimizer.zero_grad()
        F.cross_entropy(net(inputs), labels).backward()
        optimizer.step()
    scores.append(test(net, x[160:], y[160:]))

RESULT = scores
