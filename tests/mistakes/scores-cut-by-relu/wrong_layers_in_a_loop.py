"""A perceptron whose layers are made in a loop, for targets around zero."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Perceptron(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        layers = []
        for number, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:], strict=False)):
            layers.append(nn.Linear(fan_in, fan_out))
            layers.append(nn.ReLU() if number < 9 else nn.Identity())  # <-- the mistake
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x).squeeze(-1)


torch.manual_seed(3)
rows, target = load_diabetes(return_X_y=True)
target = (target - target.mean()) / target.std()
data = TensorDataset(torch.tensor(rows * 20, dtype=torch.float32), torch.tensor(target, dtype=torch.float32))
model, criterion = Perceptron(10, 32, 16, 1), nn.SmoothL1Loss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x, y in DataLoader(data, batch_size=64, shuffle=True):
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
