"""Accumulated gradients and a meter that averages, as in many repositories."""

import argparse

import torch
from torch import nn


class AverageMeter:
    def __init__(self):
        self.reset()

    def reset(self):
        self.sum, self.count = 0, 0

    def update(self, value, n=1):
        self.sum = self.sum + value.detach() * n
        self.count += n

    @property
    def avg(self):
        return self.sum / max(self.count, 1)


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--accumulate", default=2, type=int)
    parser.add_argument("--batches", default=16, type=int)
    return parser.parse_args([])


args = get_args()
torch.manual_seed(0)
model = nn.GRU(4, 8, batch_first=True)
head = nn.Linear(8, 1)
optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.05)
meter = AverageMeter()
for i in range(args.batches):
    x = torch.randn(8, 5, 4)
    _, h = model(x)
    loss = nn.functional.mse_loss(head(h[-1]), x.sum((1, 2)).unsqueeze(1))
    (loss / args.accumulate).backward()
    meter.update(loss, len(x))
    if (i + 1) % args.accumulate == 0:
        optimizer.step()
        optimizer.zero_grad()

RESULT = [meter.avg.item(), head.weight.detach()]
