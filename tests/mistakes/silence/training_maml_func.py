"""Meta-learning of sine waves with torch.func: the inner steps make new weights, the outer one trains the first ones."""

import math

import torch
from torch import nn
from torch.func import functional_call, grad, vmap

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
params = dict(net.named_parameters())
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
losses = []


def mse(weights, x, y):
    return ((functional_call(net, weights, (x,)) - y) ** 2).mean()


def loss_of_task(x1, y1, x2, y2, inner_lr=0.05):
    grads = grad(mse)(params, x1, y1)
    adapted = {k: params[k] - inner_lr * grads[k] for k in params}
    return mse(adapted, x2, y2)


def sample_tasks(outer=8, inner=5):
    amplitude = torch.rand(outer, 1, 1) * 4.9 + 0.1
    phase = torch.rand(outer, 1, 1) * math.pi
    xs = torch.rand(2, outer, inner, 1) * 10 - 5
    ys = amplitude * torch.sin(xs + phase)
    return xs[0], ys[0], xs[1], ys[1]


for it in range(5):
    x1, y1, x2, y2 = sample_tasks()
    opt.zero_grad()
    loss = vmap(loss_of_task)(x1, y1, x2, y2).mean()
    loss.backward()
    opt.step()
    losses.append(loss.detach())

RESULT = [torch.stack(losses), net.state_dict()]
