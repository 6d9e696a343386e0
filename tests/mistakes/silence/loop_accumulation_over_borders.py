"""Accumulations at the border of two epochs: counted through all of them, dropped, cleared by hand; and mixup."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(70, 4)
y = x.sum(dim=1, keepdim=True)
loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
held_out = DataLoader(TensorDataset(-x[:20], y[:20]), batch_size=10)


def train(begin=lambda model: None, through=False, mix=False, looks=False):
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    count = 0
    for _ in range(5):
        begin(model)
        count = count if through else 0
        for inputs, targets in loader:
            if mix:
                order = torch.randperm(len(inputs))
                inputs, targets = (inputs + inputs[order]) / 2, (targets + targets[order]) / 2
            (nn.functional.mse_loss(model(inputs), targets) / 3).backward()
            count += 1
            if looks and count % 2 == 0:
                with torch.no_grad():
                    _ = [model(a) for a, _ in held_out]
            if count % 3 == 0:
                optimizer.step()
                optimizer.zero_grad()
    return model.weight.detach()


def drop(model):
    for parameter in model.parameters():
        parameter.grad = None


RESULT = [train(through=True), train(lambda model: model.zero_grad()), train(drop), train(through=True, mix=True)]
RESULT += [train(through=True, looks=True)]
