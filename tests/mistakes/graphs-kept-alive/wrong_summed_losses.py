"""Train a classifier of digits and report the mean loss of each epoch."""

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


def train_epoch(model, loader, criterion, optimizer):
    model.train()
    running_loss = 0.0
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss * inputs.size(0)  # <-- the mistake
    return running_loss / len(loader.dataset)


def main():
    torch.manual_seed(0)
    images, labels = load_digits(return_X_y=True)
    data = TensorDataset(torch.tensor(images[:320] / 16, dtype=torch.float32), torch.tensor(labels[:320]))
    loader = DataLoader(data, batch_size=32, shuffle=True)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = []
    for epoch in range(2):
        history.append(float(torch.as_tensor(train_epoch(model, loader, nn.CrossEntropyLoss(), optimizer)).detach()))
    return history


RESULT = main()
