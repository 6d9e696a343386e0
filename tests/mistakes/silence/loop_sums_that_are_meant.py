"""Several backward passes for one step, whose sum is meant: crops, tasks, time steps, shares of a batch, an encoder."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


def crops():
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    images = torch.randn(16, 8)
    for _ in range(4):
        optimizer.zero_grad()
        for begin in (0, 2, 4):
            F.mse_loss(net(images[:, begin : begin + 4]), images[:, :1]).backward()
        optimizer.step()
    return net.state_dict()


def tasks():
    net = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loaders = [DataLoader(TensorDataset(torch.randn(32, 4), torch.randn(32, 1)), batch_size=8) for _ in range(3)]
    for batches in zip(*loaders, strict=True):
        optimizer.zero_grad()
        for x, y in batches:
            F.mse_loss(net(x), y).backward()
        optimizer.step()
    return net.state_dict()


def time_steps():
    cell = nn.GRUCell(3, 4)
    optimizer = torch.optim.SGD(cell.parameters(), lr=0.1)
    sequence = torch.randn(6, 5, 3)
    for _ in range(4):
        optimizer.zero_grad()
        state = torch.zeros(5, 4)
        for x in sequence.split(1):
            state = cell(x[0], state.detach())
            F.mse_loss(state, torch.zeros(5, 4)).backward()
        optimizer.step()
    return cell.state_dict()


def shares():
    net = nn.Linear(4, 3)
    optimizer = torch.optim.Adam(net.parameters())
    x, y = torch.randn(64, 4), torch.randint(3, (64,))
    for _ in range(4):
        optimizer.zero_grad()
        for inputs, targets in zip(x.split(20), y.split(20), strict=True):
            (F.cross_entropy(net(inputs), targets) * len(inputs) / 64).backward()
        optimizer.step()
        optimizer.zero_grad()
        for inputs, targets in zip(x.chunk(4), y.chunk(4), strict=True):
            F.cross_entropy(net(inputs), targets, reduction="sum").div(64).backward()
        optimizer.step()
    return net.state_dict()


def encoder_of_two_heads():
    encoder = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
    heads = nn.ModuleList([nn.Linear(8, 1), nn.Linear(8, 1)])
    shared = torch.optim.Adam(encoder.parameters())
    own = [torch.optim.Adam(head.parameters()) for head in heads]
    for _ in range(8):
        x = torch.randn(8, 4)
        shared.zero_grad()
        own[0].zero_grad()
        F.mse_loss(heads[0](encoder(x)), x[:, :1]).backward()
        own[0].step()
        own[1].zero_grad()
        F.mse_loss(heads[1](encoder(x)), x[:, 1:2]).backward()
        own[1].step()
        shared.step()
    return [encoder.state_dict(), heads.state_dict()]


def clipped_and_measured():
    frozen, head = nn.Linear(4, 4).requires_grad_(False), nn.Linear(4, 1)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
    norms = []
    for _ in range(8):
        x = torch.randn(8, 4)
        optimizer.zero_grad()
        F.mse_loss(head(frozen(x)), x[:, :1]).backward()
        for part in (frozen, head):
            nn.utils.clip_grad_norm_(part.parameters(), 1.0)
        optimizer.step()
        norms.append(nn.utils.clip_grad_norm_(head.parameters(), 1e9))
    return norms


RESULT = [crops(), tasks(), time_steps(), shares(), encoder_of_two_heads(), clipped_and_measured()]
