"""Losses that are scaled before others, through the gradient of the loss, and by a function of one's own."""

import torch
from torch import nn
from torch.nn import functional as F


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, loss, scale):
        ctx.scale = scale
        return loss * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.scale, None


def two_at_once():
    one, other = nn.Linear(4, 1), nn.Linear(4, 1)
    optimizers = [torch.optim.SGD(net.parameters(), lr=1e-2) for net in (one, other)]
    scaler = torch.amp.GradScaler("cpu")
    for _ in range(5):
        x = torch.randn(8, 4)
        for optimizer in optimizers:
            optimizer.zero_grad()
        first = scaler.scale(F.mse_loss(one(x), x[:, :1]))
        second = scaler.scale(F.mse_loss(other(x), x[:, :1])) + scaler.scale(other.weight.pow(2).mean())
        first.backward()
        second.backward()
        for optimizer in optimizers:
            scaler.step(optimizer)
        scaler.update()
    return [one.state_dict(), other.state_dict()]


def in_other_ways():
    net, scaler = nn.Linear(4, 1), torch.amp.GradScaler("cpu")
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    scaler.scale(torch.zeros(1))
    for number in range(9):
        x = torch.randn(8, 4)
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), x[:, :1])
        if number % 3 == 0:
            loss.backward(scaler.scale(torch.ones_like(loss)))
        elif number % 3 == 1:
            Scaled.apply(loss, scaler.get_scale()).backward()
        else:
            (loss / (1 / scaler.get_scale())).backward()
        scaler.step(optimizer)
        scaler.update()
    return net.state_dict()


def told_to_a_fused_optimizer():
    net, scaler = nn.Linear(4, 1), torch.amp.GradScaler("cpu", init_scale=1024.0)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    for _ in range(5):
        x = torch.randn(8, 4)
        optimizer.zero_grad()
        scaler.scale(F.mse_loss(net(x), x[:, :1])).backward()
        optimizer.grad_scale, optimizer.found_inf = torch.tensor(scaler.get_scale()), torch.tensor(0.0)
        optimizer.step()
        del optimizer.grad_scale, optimizer.found_inf
    return net.state_dict()


def region_switched_off():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for _ in range(6):
            x = torch.randn(8, 4)
            optimizer.zero_grad()
            with torch.autocast("cpu", enabled=False):
                loss = F.mse_loss(net(x), x[:, :1])
            loss.backward()
            optimizer.step()
    return net.state_dict()


torch.manual_seed(0)
RESULT = [two_at_once(), in_other_ways(), told_to_a_fused_optimizer(), region_switched_off()]
