"""Training and evaluation of one epoch in functions of their own."""

import torch
from sklearn.datasets import load_iris
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def train_one_epoch(model, optimizer, loader):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    return sum((model(x).argmax(1) == y).sum().item() for x, y in loader)


torch.manual_seed(0)
iris = load_iris()
data = TensorDataset(torch.tensor(iris.data, dtype=torch.float32), torch.tensor(iris.target))
train, valid = random_split(data, [120, 30])
train_loader = DataLoader(train, batch_size=24, shuffle=True)
valid_loader = DataLoader(valid, batch_size=30)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
history = []
for epoch in range(4):
    train_one_epoch(model, optimizer, train_loader)
    history.append(evaluate(model, valid_loader))
RESULT = [history, model.state_dict()]
