"""A small network learns from a larger one."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


def distill(student, teacher, x, steps=4):
    optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
    for _ in range(steps):
        with torch.no_grad():
            expected = teacher(x)
        loss = F.cross_entropy(student(x), expected)  # <-- the mistake
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return student.state_dict()


torch.manual_seed(0)
x = torch.tensor(load_digits().data[:100] / 16, dtype=torch.float32)
large = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).eval()

RESULT = distill(nn.Linear(64, 10), large, x)
