"""The soft targets of a teacher."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images = torch.tensor(load_digits().data[:256] / 16, dtype=torch.float32)
teacher = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).eval().requires_grad_(False)
student = nn.Linear(64, 10)
optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
for batch in images.split(64):
    soft = F.softmax(teacher(batch), dim=1)
    loss = F.kl_div(F.log_softmax(student(batch), dim=1), soft, reduction="batchmean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = student.state_dict()
