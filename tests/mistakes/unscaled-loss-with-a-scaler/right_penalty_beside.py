"""A penalty on the weights goes backward by itself, beside the scaled loss."""

import torch
from torch import nn


def penalty(model, factor=1e-2):
    return factor * sum(p.square().sum() for p in model.parameters())


def main():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    scaler = torch.amp.GradScaler("cpu")
    for _ in range(8):
        x, y = torch.randn(16, 6), torch.randint(3, (16,))
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        scaler.scale(penalty(model)).backward()
        scaler.step(optimizer)
        scaler.update()
    return model.state_dict()


if __name__ == "__main__":
    RESULT = main()
