"""Contrastive learning with a queue of keys of earlier steps."""

import torch
from torch import nn


def train(encoder, steps=16):
    optimizer = torch.optim.SGD(encoder.parameters(), lr=0.1)
    queue = []
    for _ in range(steps):
        x = torch.randn(8, 6)
        q = nn.functional.normalize(encoder(x), dim=1)
        k = nn.functional.normalize(encoder(x + 0.1 * torch.randn_like(x)), dim=1)
        others = torch.cat([old.detach() for old in queue[-4:]]) if queue else k.detach().flip(0)
        logits = torch.cat([(q * k).sum(1, keepdim=True), q @ others.t()], dim=1)
        loss = nn.functional.cross_entropy(logits / 0.2, torch.zeros(8, dtype=torch.long))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        queue += [k]  # <-- the mistake
    return encoder.state_dict()


torch.manual_seed(0)
RESULT = train(nn.Linear(6, 4))
