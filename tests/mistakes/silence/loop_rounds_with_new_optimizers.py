"""Rounds that begin with a new optimizer: clients, tasks, adaptation to one batch, latent codes, L-BFGS for each batch."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


def data():
    x = torch.randn(16, 4)
    return DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=8, shuffle=True)


def epoch(net, optimizer, loader):
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()


def one_client():
    net, loader = nn.Linear(4, 2), data()
    server = {name: value.clone() for name, value in net.state_dict().items()}
    for _ in range(5):
        net.load_state_dict(server)
        epoch(net, torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9), loader)
        server = {name: (server[name] + value) / 2 for name, value in net.state_dict().items()}
    return server


def task_after_task():
    net = nn.Linear(4, 2)
    for _ in range(5):
        epoch(net, torch.optim.Adam(net.parameters()), data())
    return net.state_dict()


def to_one_batch():
    net = nn.Linear(4, 2)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    answers = []
    for _ in range(8):
        net.load_state_dict(before)
        optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
        probabilities = net(torch.randn(8, 4)).softmax(1)
        optimizer.zero_grad()
        (-(probabilities * probabilities.log()).sum(1).mean()).backward()
        optimizer.step()
        answers.append(net.weight.detach().clone())
    return answers


def resumed_each_epoch():
    net, loader, state = nn.Linear(4, 2), data(), None
    for _ in range(4):
        optimizer = torch.optim.Adam(net.parameters())
        if state is not None:
            optimizer.load_state_dict(state)
        epoch(net, optimizer, loader)
        state = optimizer.state_dict()
    return net.state_dict()


def codes():
    decoder = nn.Linear(3, 4).requires_grad_(False)
    found = []
    for _ in range(6):
        code, target = torch.zeros(1, 3, requires_grad=True), torch.randn(1, 4)
        optimizer = torch.optim.Adam([code], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            F.mse_loss(decoder(code), target).backward()
            optimizer.step()
        found.append(code.detach())
    return found


def curvature_of_each_batch():
    net = nn.Linear(4, 1)
    for _ in range(6):
        x = torch.randn(32, 4)
        optimizer = torch.optim.LBFGS(net.parameters(), max_iter=5)

        def closure():
            optimizer.zero_grad()  # noqa: B023
            loss = F.mse_loss(net(x), x[:, :1])  # noqa: B023
            loss.backward()
            return loss

        optimizer.step(closure)
    return net.state_dict()


RESULT = [one_client(), task_after_task(), to_one_batch(), resumed_each_epoch(), codes(), curvature_of_each_batch()]
