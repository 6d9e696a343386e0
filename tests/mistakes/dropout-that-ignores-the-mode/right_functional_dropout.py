"""A classifier of digits with functional dropout."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class Net(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.fc1 = nn.Linear(64, 48)
        self.fc2 = nn.Linear(48, 10)
        self.p = p

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.dropout(x, self.p, training=self.training)
        return self.fc2(x)


parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--dropout", type=float, default=0.5)
args = parser.parse_args([])

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
model = Net(args.dropout)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
accuracies = []
for epoch in range(1, args.epochs + 1):
    model.train()
    for start in range(0, 512, 128):
        optimizer.zero_grad()
        F.cross_entropy(model(x[start : start + 128]), y[start : start + 128]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        pred = model(x[512:768]).argmax(dim=1)
        accuracies.append(pred.eq(y[512:768]).float().mean().item())

RESULT = accuracies
