"""An encoder-decoder in functions, of which one part was left over from an experiment."""

import torch
from torch import nn


def build():
    return nn.ModuleDict(
        {
            "encoder": nn.GRU(4, 8, batch_first=True),
            "decoder": nn.Linear(8, 4),
        }
    )


def train(model, steps):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        x = torch.randn(8, 5, 4)
        _, h = model["encoder"](x)
        loss = nn.functional.mse_loss(model["decoder"](h[-1]), x[:, -1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


torch.manual_seed(0)
RESULT = train(build(), 4)
