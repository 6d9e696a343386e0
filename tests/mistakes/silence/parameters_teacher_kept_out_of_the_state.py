"""Distillation: the trained teacher hides in a list, so that the student's state_dict stays small."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])


class Student(nn.Module):
    def __init__(self, teacher):
        super().__init__()
        self.teacher = [teacher]
        self.net = nn.Linear(64, 10)

    def forward(self, x):
        return self.net(x), self.teacher[0](x)


teacher = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(teacher.parameters(), lr=1e-2)
for batch in torch.randperm(256).split(64):
    optimizer.zero_grad()
    F.cross_entropy(teacher(x[batch]), y[batch]).backward()
    optimizer.step()

student = Student(teacher)
optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
for batch in torch.randperm(256).split(32):
    logits, wanted = student(x[batch])
    loss = F.kl_div(F.log_softmax(logits, 1), F.log_softmax(wanted, 1), log_target=True, reduction="batchmean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = student.state_dict()
