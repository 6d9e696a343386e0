"""Classify digits with a small multilayer perceptron."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim


class Net(nn.Module):
    def __init__(self, hidden=32, classes=10):
        super().__init__()
        self.fc1 = nn.Linear(64, hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return F.softmax(self.fc2(x), dim=1)  # <-- the mistake


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x_train = torch.tensor(images[:256] / 16, dtype=torch.float32)
y_train = torch.tensor(labels[:256])

net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(2):
    for start in range(0, len(x_train), 64):
        inputs, targets = x_train[start : start + 64], y_train[start : start + 64]
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()

RESULT = net.state_dict()
