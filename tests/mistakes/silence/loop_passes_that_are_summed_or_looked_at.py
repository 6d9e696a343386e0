"""One step for a whole pass over the data: of the sum of all losses, on all data at once, and on the hardest batch."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(80, 5)
y = x[:, :1] * x[:, 1:2]
loader = DataLoader(TensorDataset(x, y), batch_size=20)


def network():
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
    return model, torch.optim.Adam(model.parameters(), lr=1e-2)


def learn(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def of_the_sum(epochs=3):
    model, optimizer = network()
    for _ in range(epochs):
        learn(optimizer, sum(nn.functional.mse_loss(model(a), b) for a, b in loader) / len(loader))
    return model


def at_once(epochs=3):
    model, optimizer = network()
    for _ in range(epochs):
        learn(optimizer, nn.functional.mse_loss(model(x), y))
        # its curve, batch by batch; a place for no_grad
        _ = [nn.functional.mse_loss(model(a), b).item() for a, b in loader]
    return model


def on_the_hardest(epochs=3):
    model, optimizer = network()
    for _ in range(epochs):
        hardest = max(loader, key=lambda pair: nn.functional.mse_loss(model(pair[0]), pair[1]).item())
        learn(optimizer, nn.functional.mse_loss(model(hardest[0]), hardest[1]))
    return model


def looked_at_first(epochs=2):
    model, optimizer = network()
    for _ in range(epochs):
        _ = [nn.functional.mse_loss(model(a), b).item() for a, b in loader]
        for a, b in loader:
            learn(optimizer, nn.functional.mse_loss(model(a), b))
    return model


RESULT = [
    [each.detach() for each in train().parameters()] for train in (of_the_sum, at_once, on_the_hardest, looked_at_first)
]
