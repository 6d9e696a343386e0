"""Train on digits with a learning rate that falls every second epoch."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader, optimizer, scheduler, criterion):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()


def main(epochs=4):
    torch.manual_seed(0)
    digits = load_digits()
    x = torch.tensor(digits.data[:512] / 16, dtype=torch.float32)
    loader = DataLoader(TensorDataset(x, torch.tensor(digits.target[:512])), batch_size=64, shuffle=True)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=2, gamma=0.1)
    for epoch in range(epochs):
        train(model, loader, optimizer, scheduler, nn.CrossEntropyLoss())
        scheduler.step()
    return model.state_dict()


RESULT = main()
