"""Collect short rollouts of a point that is pulled back to 0, then fit its dynamics."""

import argparse

import torch
from torch import nn


def rollout(steps, generator):
    position = torch.randn(3, generator=generator)
    visited = []
    for _ in range(steps):
        position.mul_(0.8).add_(0.1 * torch.randn(3, generator=generator))
        visited.append(position.clone())
    return torch.stack(visited)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rollouts", type=int, default=8)
    parser.add_argument("--steps", type=int, default=5)
    args = parser.parse_args([])
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    rollouts = torch.stack([rollout(args.steps, generator) for _ in range(args.rollouts)])
    x, y = rollouts[:, :-1].reshape(-1, 3), rollouts[:, 1:].reshape(-1, 3)
    model = nn.Linear(3, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.detach()


if __name__ == "__main__":
    RESULT = main()
