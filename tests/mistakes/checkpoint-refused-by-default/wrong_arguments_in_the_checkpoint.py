"""Save the arguments beside the weights."""

import argparse
from pathlib import Path

import torch
from torch import nn


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=8)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--out", default="model.pt")
    args = parser.parse_args([])
    torch.manual_seed(0)
    x = torch.randn(24, 5)
    model = nn.Sequential(nn.Linear(5, args.hidden), nn.Tanh(), nn.Linear(args.hidden, 1))
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(args.steps):
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
    path = Path(args.out)
    torch.save({"model": model.state_dict(), "args": args}, path)  # <-- the mistake
    return model.state_dict()


if __name__ == "__main__":
    RESULT = main()
