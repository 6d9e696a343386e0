"""A number of steps instead of epochs, so that the first pass is not finished."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.cat([torch.randn(60, 4) - 1, torch.randn(60, 4) + 1])
y = torch.cat([torch.zeros(60), torch.ones(60)])
loader = DataLoader(TensorDataset(x, y), batch_size=20)  # <-- the mistake


def train(max_steps):
    model = nn.Linear(4, 1)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    step = 0
    while True:
        for a, b in loader:
            loss = nn.BCEWithLogitsLoss()(model(a), b[:, None])
            opt.zero_grad()
            loss.backward()
            opt.step()
            step += 1
            if step >= max_steps:
                return model


RESULT = train(5).state_dict()
