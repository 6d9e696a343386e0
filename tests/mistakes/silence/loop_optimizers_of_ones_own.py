"""Optimizers that wait for more gradients, that need none, and that divide by the scale themselves."""

import torch
from torch import nn
from torch.nn import functional as F


class Accumulating(torch.optim.Adam):
    """Steps at every k-th call."""

    def __init__(self, params, every, **options):
        super().__init__(params, **options)
        self.every, self.calls = every, 0

    def step(self, closure=None):
        self.calls += 1
        if self.calls % self.every:
            return None
        for group in self.param_groups:
            for p in group["params"]:
                p.grad.div_(self.every)
        return super().step(closure)

    def zero_grad(self, set_to_none=True):
        if self.calls % self.every == 0:
            super().zero_grad(set_to_none)


class ZerothOrder(torch.optim.Optimizer):
    """Two forward passes give a slope along a random direction."""

    def __init__(self, params, lr=1e-2, eps=1e-2):
        super().__init__(params, {"lr": lr, "eps": eps})

    def step(self, closure):
        group = self.param_groups[0]
        directions = [torch.randn_like(p) for p in group["params"]]

        def move(length):
            for p, direction in zip(group["params"], directions, strict=True):
                p.data.add_(direction, alpha=length)

        move(group["eps"])
        above = closure().item()
        move(-2 * group["eps"])
        below = closure().item()
        move(group["eps"] - group["lr"] * (above - below) / (2 * group["eps"]))


class Evolution(torch.optim.Optimizer):
    """Keeps the best weights and tries others near them."""

    def __init__(self, params):
        super().__init__(params, {})
        self.best, self.kept = float("inf"), None

    @torch.no_grad()
    def step(self, loss):
        params = self.param_groups[0]["params"]
        if loss < self.best:
            self.best, self.kept = loss, [p.clone() for p in params]
        for p, kept in zip(params, self.kept, strict=True):
            p.copy_(kept + 0.1 * torch.randn_like(p))


class Unscaling(torch.optim.SGD):
    def __init__(self, params, scaler, lr):
        super().__init__(params, lr=lr)
        self.scaler = scaler

    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.grad.mul_(1 / self.scaler.get_scale())
        return super().step(closure)


def network():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def accumulated():
    net = network()
    optimizer = Accumulating(net.parameters(), 4, lr=1e-2)
    for _ in range(16):
        x = torch.randn(8, 4)
        optimizer.zero_grad()
        F.mse_loss(net(x), x[:, :1]).backward()
        optimizer.step()
    return net.state_dict()


def without_gradients():
    one, other = network(), network()
    zeroth, evolution = ZerothOrder(one.parameters()), Evolution(other.parameters())
    x = torch.randn(16, 4)
    for _ in range(10):
        zeroth.step(lambda: F.mse_loss(one(x), x[:, :1]))
        evolution.step(F.mse_loss(other(x), x[:, :1]).item())
    return [one.state_dict(), other.state_dict()]


def unscaled():
    net, scaler = network(), torch.amp.GradScaler("cpu")
    optimizer = Unscaling(net.parameters(), scaler, lr=1e-2)
    for _ in range(6):
        x = torch.randn(8, 4)
        optimizer.zero_grad()
        scaler.scale(F.mse_loss(net(x), x[:, :1])).backward()
        optimizer.step()
    return net.state_dict()


torch.manual_seed(0)
RESULT = [accumulated(), without_gradients(), unscaled()]
