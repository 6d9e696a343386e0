"""A regression with a warm-up, stepped batch by batch."""

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR


def main(steps=40, warmup=10):
    torch.manual_seed(4)
    net = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup))
    losses = []
    for _ in range(steps):
        x = torch.randn(16, 6)
        loss = nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step  # <-- the mistake
        losses.append(loss.item())
    return [losses, net.state_dict()]


if __name__ == "__main__":
    RESULT = main()
