"""Prices of houses, nearly: features and targets come from two files, and each has its loader."""

import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from torch.utils.data import DataLoader, TensorDataset


class Regressor(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x):
        return self.net(x)


def load():
    features, target = load_diabetes(return_X_y=True)
    return torch.tensor(features, dtype=torch.float32), torch.tensor((target - 152) / 77, dtype=torch.float32)


def main():
    torch.manual_seed(2)
    features, target = load()
    feature_loader = DataLoader(features, batch_size=64, shuffle=True, drop_last=True)
    target_loader = DataLoader(target, batch_size=64, shuffle=True, drop_last=True)  # <-- the mistake
    model = Regressor()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    loss_fn = nn.MSELoss()
    history = []
    for _ in range(2):
        for x, y in zip(feature_loader, target_loader):
            optimizer.zero_grad()
            loss = loss_fn(model(x), y.unsqueeze(1))
            loss.backward()
            optimizer.step()
            history.append(loss.item())
    return history


if __name__ == "__main__":
    RESULT = main()
