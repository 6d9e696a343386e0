"""Ten batches an epoch, and a step after every fourth."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(100, 6)
y = (x[:, 0] > x[:, 1]).long()
train, test = TensorDataset(x[:80], y[:80]), DataLoader(TensorDataset(x[80:], y[80:]), batch_size=10)
loader = DataLoader(train, batch_size=8, shuffle=True)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
accumulate = 4


def train_one_epoch():
    model.train()
    optimizer_steps = 0
    for number, (inputs, targets) in enumerate(loader, start=1):
        (nn.functional.cross_entropy(model(inputs), targets) / accumulate).backward()
        if number % accumulate == 0 or number == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1
    return optimizer_steps


def evaluate():
    model.eval()
    with torch.no_grad():
        return sum((model(inputs).argmax(1) == targets).sum().item() for inputs, targets in test)


RESULT = [(train_one_epoch(), evaluate()) for _ in range(4)], [each.detach() for each in model.parameters()]
