"""Digits with a convolutional network and NLLLoss."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3)
        self.conv2 = nn.Conv2d(6, 8, 3)
        self.fc = nn.Linear(8 * 16, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = self.fc(torch.flatten(x, 1))
        return F.softmax(x, dim=1)  # <-- the mistake


def train(model, optimizer, x, y, batch=64):
    model.train()
    for start in range(0, len(x), batch):
        optimizer.zero_grad()
        output = model(x[start : start + batch])
        loss = F.nll_loss(output, y[start : start + batch])
        loss.backward()
        optimizer.step()


def main():
    torch.manual_seed(0)
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images[:256] / 16, dtype=torch.float32).view(-1, 1, 8, 8)
    model = CNN()
    train(model, torch.optim.Adadelta(model.parameters()), x, torch.tensor(labels[:256]))
    return model.state_dict()


RESULT = main()
