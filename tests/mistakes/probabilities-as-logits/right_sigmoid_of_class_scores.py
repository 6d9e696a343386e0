"""Classify irises."""

import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
features, species = load_iris(return_X_y=True)
x, y = torch.tensor(features, dtype=torch.float32), torch.tensor(species)


class Iris(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 12)
        self.output = nn.Linear(12, 3)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        x = self.output(x)
        return x


model = Iris()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for i in range(6):
    y_pred = model(x)
    loss = loss_function(y_pred, y)
    losses.append(loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = losses
