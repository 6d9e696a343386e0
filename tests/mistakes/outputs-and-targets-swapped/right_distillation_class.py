"""A student learns from a teacher, in a class."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


class Distiller:
    def __init__(self, teacher, student, temperature=2.0):
        self.teacher, self.student, self.temperature = teacher.eval(), student, temperature
        self.optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
        self.criterion = nn.KLDivLoss(reduction="batchmean")

    def step(self, images):
        with torch.no_grad():
            soft = torch.softmax(self.teacher(images) / self.temperature, dim=1)
        told = torch.log_softmax(self.student(images) / self.temperature, dim=1)
        loss = self.criterion(told, soft)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


torch.manual_seed(1)
images = torch.tensor(load_digits().data[:128] / 16, dtype=torch.float32)
distiller = Distiller(nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10)), nn.Linear(64, 10))
for batch in images.split(32):
    distiller.step(F.dropout(batch, 0.1))

RESULT = distiller.student.state_dict()
