"""Digits with a perceptron and the negative log likelihood."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:320] / 16, dtype=torch.float32), torch.tensor(labels[:320])
model = nn.Sequential(
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
    nn.LogSoftmax(dim=0),  # <-- the mistake
)
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for start in range(0, 320, 64):
    log_ps = model(x[start : start + 64])
    loss = criterion(log_ps, y[start : start + 64])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
