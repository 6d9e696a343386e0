"""A classifier that ends in a sigmoid, and whose accuracy is taken after another one."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    hits = total = 0
    for x, y in loader:
        predicted = model(x) > 0.5
        hits += (predicted == y.bool()).sum().item()
        total += len(y)
    return hits / total


def main():
    torch.manual_seed(0)
    x = torch.randn(48, 4)
    loader = DataLoader(TensorDataset(x, (x[:, :1] > 0).float()), batch_size=12)
    model, criterion = build(), nn.BCELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scores = []
    for _ in range(2):
        model.train()
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scores.append(accuracy(model, loader))
    return scores


if __name__ == "__main__":
    RESULT = main()
