"""One step in the training function, and another in the loop that calls it."""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3)
        self.fc = nn.Linear(4 * 8, 2)

    def forward(self, x):
        return self.fc(self.conv(x).relu().flatten(1))


def train_batch(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def main():
    torch.manual_seed(3)
    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(6):
        x = torch.randn(16, 1, 10)
        losses.append(train_batch(model, optimizer, x, (x.mean((1, 2)) > 0).long()))
    return losses, model.state_dict()


RESULT = main()
