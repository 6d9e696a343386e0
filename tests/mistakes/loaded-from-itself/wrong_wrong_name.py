"""Start a student from the weights of a teacher of the same shape."""

import torch
from sklearn.datasets import load_iris
from torch import nn


def train(model, x, y, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
teacher, student = nn.Linear(4, 3), nn.Linear(4, 3)
train(teacher, x, y, 5)
student.load_state_dict(student.state_dict())  # <-- the mistake
train(student, x[::2], y[::2], 2)

RESULT = student.state_dict()
