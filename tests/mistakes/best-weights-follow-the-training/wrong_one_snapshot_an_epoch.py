"""Average the weights of the last epochs."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train_epoch(model, loader, optimizer):
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(inputs).squeeze(1), targets)
        loss.backward()
        optimizer.step()


def average(snapshots):
    return {name: torch.stack([s[name] for s in snapshots]).mean(0) for name in snapshots[0]}


torch.manual_seed(4)
x, y = load_breast_cancer(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
loader = DataLoader(TensorDataset(x, torch.tensor(y, dtype=torch.float32)), batch_size=128, shuffle=True)
model = nn.Linear(30, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

snapshots = []
for epoch in range(5):
    train_epoch(model, loader, optimizer)
    if epoch >= 1:
        snapshots.append(model.state_dict())  # <-- the mistake
averaged = nn.Linear(30, 1)
averaged.load_state_dict(average(snapshots))
with torch.no_grad():
    RESULT = averaged(x)
