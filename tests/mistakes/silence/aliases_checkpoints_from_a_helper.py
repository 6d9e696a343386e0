"""Several checkpoints from one helper, each saved while it is new, all kept by name."""

import io

import torch
from torch import nn


def checkpoint(epoch):
    return {"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict()}


def train():
    optimizer.zero_grad()
    model(x).square().mean().backward()
    optimizer.step()


torch.manual_seed(0)
x = torch.randn(16, 4)
model = nn.Linear(4, 2)
optimizer = torch.optim.Adam(model.parameters())
kept, files = [], []
for epoch in range(4):
    train()
    kept.append(checkpoint(epoch))
    files.append(io.BytesIO())
    torch.save(kept[-1], files[-1])

RESULT = [file.tell() for file in files]
