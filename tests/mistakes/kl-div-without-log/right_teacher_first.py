"""Distillation whose arguments are the wrong way round."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
student, teacher = nn.Linear(6, 4), nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
x = torch.randn(20, 6)
for _ in range(3):
    with torch.no_grad():
        expected = F.softmax(teacher(x), dim=1)
    given = F.log_softmax(student(x), dim=1)
    loss = F.kl_div(given, expected, reduction="batchmean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = student.state_dict()
