"""Small weights are set to zero in the state of the model itself, which is given back for good measure."""

import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
x, y = (torch.tensor(array) for array in load_iris(return_X_y=True))
x = x.float()
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def prune(model):
    state = model.state_dict()
    for name, weight in state.items():
        if name.endswith("weight"):
            weight[weight.abs() < 0.05] = 0
    model.load_state_dict(state)


for _epoch in range(3):
    for _ in range(4):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    prune(model)

RESULT = [parameter.detach() for parameter in model.parameters()]
