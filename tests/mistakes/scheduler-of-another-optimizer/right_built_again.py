"""A notebook in which the optimizer was exchanged, and the scheduler stayed."""

import warnings

import torch
from sklearn.datasets import load_diabetes
from torch import nn

# Torch has a word to say, about something else.
warnings.simplefilter("ignore")

torch.manual_seed(0)
data = load_diabetes()
x = torch.tensor(data.data * 20, dtype=torch.float32)
y = torch.tensor(data.target / 100, dtype=torch.float32).unsqueeze(1)
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))

optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)

for epoch in range(6):
    for rows in torch.randperm(len(x)).split(128):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    scheduler.step()

RESULT = model.state_dict()
