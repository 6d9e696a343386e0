"""Gradient scalers: switched off, divided by hand, multiplied by hand, with a limit that follows the scale, one for two."""

import torch
from torch import nn


def setting(**kwargs):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    return model, torch.optim.SGD(model.parameters(), lr=0.05), torch.amp.GradScaler("cpu", **kwargs)


def batches(n=5):
    for _ in range(n):
        x = torch.randn(16, 4)
        yield x, x.sum(1, keepdim=True)


def switched_off():
    model, optimizer, scaler = setting(enabled=False)
    for x, y in batches():
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
    return model.state_dict()


def divided_by_hand(through_data):
    model, optimizer, scaler = setting()
    for x, y in batches():
        optimizer.zero_grad()
        scaler.scale(nn.functional.mse_loss(model(x), y)).backward()
        for p in model.parameters():
            if through_data:
                p.grad.data.div_(scaler.get_scale())
            else:
                p.grad /= scaler.get_scale()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.state_dict()


def multiplied_by_hand():
    model, optimizer, scaler = setting()
    scaler.scale(torch.zeros(1))
    for x, y in batches():
        optimizer.zero_grad()
        (nn.functional.mse_loss(model(x), y) * scaler.get_scale()).backward()
        scaler.step(optimizer)
        scaler.update()
    return model.state_dict()


def limit_follows():
    model, optimizer, scaler = setting()
    for x, y in batches():
        optimizer.zero_grad()
        scaler.scale(nn.functional.mse_loss(model(x), y)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5 * scaler.get_scale())
        scaler.step(optimizer)
        scaler.update()
    return model.state_dict()


def fused():
    model, _, scaler = setting()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    for x, y in batches():
        optimizer.zero_grad()
        (scaler.scale(nn.functional.mse_loss(model(x), y)) / 2).backward()
        scaler.step(optimizer)
        scaler.update()
    return model.state_dict()


def measured():
    model, optimizer, _ = setting()
    norms = []
    for x, y in batches():
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), float("inf")).item())
    return norms


RESULT = [switched_off(), divided_by_hand(False), divided_by_hand(True), multiplied_by_hand(), limit_follows(), fused()]
RESULT.append(measured())
