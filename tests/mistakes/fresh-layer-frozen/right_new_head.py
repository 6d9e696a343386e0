"""A model of a library with the head taken off; then one part is frozen."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:200] / 16, dtype=torch.float32), torch.tensor(labels[:200])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.body(x))


def fit(model, y):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for batch in torch.randperm(len(x)).split(40):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()


model = Net()
model.head = nn.Linear(32, 2)
for parameter in model.body.parameters():
    parameter.requires_grad = False
fit(model, y % 2)

RESULT = model.state_dict()
