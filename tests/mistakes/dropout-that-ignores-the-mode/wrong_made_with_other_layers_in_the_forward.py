"""A head that makes its activation and its dropout anew each time; they are in train mode for ever."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Head(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 2)

    def forward(self, x):
        return self.fc(nn.Sequential(nn.ReLU(), nn.Dropout(0.5))(x))  # <-- the mistake


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.LSTM(4, 8, batch_first=True), Head(8)

    def forward(self, x):
        return self.head(self.body(x)[0][:, -1])


torch.manual_seed(0)
x = torch.randn(40, 6, 4)
y = (x[:, 0, 0] > 0).long()
net = Net()
optimizer = torch.optim.Adam(net.parameters())


def run(inputs, labels, train):
    net.train(train)
    losses = []
    with torch.set_grad_enabled(train):
        for batch, targets in zip(inputs.split(10), labels.split(10)):
            loss = F.cross_entropy(net(batch), targets)
            losses.append(loss.item())
            if train:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return losses


RESULT = [run(x[:30], y[:30], True), run(x[30:], y[30:], False)]
