"""A training that is interrupted and resumed from its checkpoint."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CHECKPOINT = "last.pt"


def build():
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def train(model, optimizer, loader, epochs):
    for epoch in epochs:
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        torch.save({"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, CHECKPOINT)


def resume(model, optimizer):
    checkpoint = torch.load(CHECKPOINT)
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    return checkpoint["epoch"] + 1


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(images[:200] / 16, dtype=torch.float32), torch.tensor(labels[:200]))
loader = DataLoader(data, batch_size=50, shuffle=True)
train(*build(), loader, range(2))

model, optimizer = build()
start = resume(model, optimizer)
train(model, optimizer, loader, range(start, 4))

RESULT = model.state_dict()
