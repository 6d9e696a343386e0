"""Steps that find no gradient now and then: a player that waits, bad batches that are dropped, samples without a loss."""

import torch
from torch import nn
from torch.nn import functional as F


def waiting_discriminator(begins_at):
    generator, discriminator = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3)
    for number in range(10):
        real, fake = torch.randn(8, 2), generator(torch.randn(8, 3))
        g_optimizer.zero_grad()
        (F.mse_loss(fake, real) + 0.1 * F.softplus(-discriminator(fake)).mean()).backward()
        g_optimizer.step()
        d_optimizer.zero_grad()
        if number >= begins_at:
            (F.softplus(-discriminator(real)) + F.softplus(discriminator(fake.detach()))).mean().backward()
        d_optimizer.step()
    return [generator.state_dict(), discriminator.state_dict()]


def bad_batches():
    net = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for number in range(20):
        x = torch.randn(8, 3)
        if number in (4, 5, 6):
            x[0, 0] = float("nan")
        optimizer.zero_grad()
        F.mse_loss(net(x), x.nan_to_num().sum(1, keepdim=True)).backward()
        if not all(p.grad.isfinite().all() for p in net.parameters()):
            optimizer.zero_grad()
        optimizer.step()
    return net.state_dict()


def perceptron():
    net = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(40, 3)
    for row, sign in zip(x, x[:, 0].sign(), strict=True):
        optimizer.zero_grad()
        loss = (0.05 - sign * net(row)).relu().sum()
        if loss.item() > 0:
            loss.backward()
        optimizer.step()
    return net.state_dict()


def along_one_gradient():
    net = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    x = torch.randn(16, 3)
    F.mse_loss(net(x), x[:, :1]).backward()
    losses = []
    for _ in range(8):
        optimizer.step()
        with torch.no_grad():
            losses.append(F.mse_loss(net(x), x[:, :1]).item())
    return losses


def moved_by_hand():
    net = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for _ in range(6):
        x = torch.randn(16, 3)
        optimizer.zero_grad()
        F.mse_loss(net(x), x[:, :1]).backward()
        for p in net.parameters():
            p.data -= optimizer.param_groups[0]["lr"] * p.grad
    return net.state_dict()


torch.manual_seed(0)
RESULT = [
    waiting_discriminator(5),
    waiting_discriminator(50),
    bad_batches(),
    perceptron(),
    along_one_gradient(),
    moved_by_hand(),
]
