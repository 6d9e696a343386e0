"""Gradual unfreezing: the trunk joins the optimizer after the first epoch, through add_param_group."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])
model = nn.ModuleDict({"trunk": nn.Linear(64, 32), "head": nn.Linear(32, 10)})
optimizer = torch.optim.SGD(model["head"].parameters(), lr=0.1)
for epoch in range(2):
    if epoch == 1:
        optimizer.add_param_group({"params": model["trunk"].parameters(), "lr": 0.01})
    for batch in torch.randperm(256).split(64):
        model.zero_grad()
        loss = F.cross_entropy(model["head"](torch.relu(model["trunk"](x[batch]))), y[batch])
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
