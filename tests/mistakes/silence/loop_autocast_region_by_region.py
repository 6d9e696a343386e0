"""Autocast round each forward pass, nested in one that is switched off, and with the cache emptied by hand."""

import torch
from torch import nn


def train(outer, inner, clear):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with torch.autocast("cpu", dtype=torch.bfloat16, **outer):
        for _ in range(5):
            x = torch.randn(16, 4)
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16, **inner):
                loss = nn.functional.mse_loss(model(x).float(), x.sum(1, keepdim=True))
            with torch.autocast("cpu", enabled=False):
                loss.backward()
                optimizer.step()
            if clear:
                torch.clear_autocast_cache()
    return model.state_dict()


def plain():
    torch.manual_seed(0)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(5):
        x = torch.randn(16, 4)
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.mse_loss(model(x).float(), x.sum(1, keepdim=True))
        loss.backward()
        optimizer.step()
    return model.state_dict()


RESULT = [train({"cache_enabled": False}, {"cache_enabled": False}, False), train({}, {}, True), plain()]
