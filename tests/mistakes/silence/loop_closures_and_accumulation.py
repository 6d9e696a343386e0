"""LBFGS with a closure, accumulation with a slower optimizer for the body, and a momentum kept in the gradient itself."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(96, 5)
y = x @ torch.randn(5, 1)
loader = DataLoader(TensorDataset(x, y), batch_size=16)


def with_lbfgs():
    model = nn.Linear(5, 1)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4)

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        return loss

    for _ in range(4):
        optimizer.step(closure)
    return model.state_dict()


def with_a_slow_body():
    body, head = nn.Sequential(nn.Linear(5, 8), nn.ReLU()), nn.Linear(8, 1)
    slow = torch.optim.SGD(body.parameters(), lr=0.01)
    fast = torch.optim.SGD(head.parameters(), lr=0.05)
    for number, (inputs, targets) in enumerate(loader):
        loss = nn.functional.mse_loss(head(body(inputs)), targets) / 2
        loss.backward()
        fast.step()
        fast.zero_grad()
        if number % 2 == 1:
            slow.step()
            slow.zero_grad()
    return [body.state_dict(), head.state_dict()]


def with_momentum_in_the_gradient():
    model = nn.Linear(5, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(2):
        for inputs, targets in loader:
            for p in model.parameters():
                if p.grad is not None:
                    p.grad *= 0.9
            nn.functional.mse_loss(model(inputs), targets).backward()
            optimizer.step()
    return model.state_dict()


RESULT = [with_lbfgs(), with_a_slow_body(), with_momentum_in_the_gradient()]
