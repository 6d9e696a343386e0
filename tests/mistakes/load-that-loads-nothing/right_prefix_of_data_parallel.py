"""Fine-tune from weights that were saved under DataParallel."""

import io

import torch
from sklearn.datasets import load_digits
from torch import nn


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
        self.head = nn.Linear(32, classes)

    def forward(self, x):
        return self.head(self.body(x))


def train(model, x, y, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)

wrapped = nn.DataParallel(Net(10))
train(wrapped, x[:500], y[:500], 4)
file = io.BytesIO()
torch.save(wrapped.state_dict(), file)
file.seek(0)

model = Net(10)
state = torch.load(file, map_location="cpu")
state = {name.removeprefix("module."): value for name, value in state.items()}
model.load_state_dict(state, strict=False)
train(model, x[500:], y[500:], 2)

RESULT = model.state_dict()
