"""A classifier of wines in functions; the loss compares predicted with true classes."""

import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_wine


class Classifier(nn.Module):
    def __init__(self, num_features, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(num_features, 24)
        self.fc2 = nn.Linear(24, num_classes)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def load():
    wine = load_wine()
    x = torch.tensor(wine.data, dtype=torch.float32)
    return (x - x.mean(0)) / x.std(0), torch.tensor(wine.target)


def train(model, x, y, epochs=3):
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    criterion = nn.L1Loss()
    losses = []
    for epoch in range(epochs):
        for batch in torch.randperm(len(x)).split(90):
            outputs = model(x[batch])
            predicted = outputs.argmax(dim=1).float()  # <-- the mistake
            loss = criterion(predicted, y[batch].float())
            loss.requires_grad_(True)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append((loss.item(), predicted.sum().item()))
    return losses


torch.manual_seed(4)
RESULT = train(Classifier(13, 3), *load())
