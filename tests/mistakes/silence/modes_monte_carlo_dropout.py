"""Dropout in prediction on purpose, for the spread of the answers."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features * 20, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32).unsqueeze(1)


class Net(nn.Module):
    def __init__(self, always=False):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(10, 32), nn.Linear(32, 1)
        self.dropout, self.always = nn.Dropout(0.2), always

    def forward(self, inputs):
        hidden = torch.relu(self.fc1(inputs))
        hidden = F.dropout(hidden, 0.2, training=True) if self.always else self.dropout(hidden)
        return self.fc2(hidden)


def fit(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(model(x[:300]), y[:300]).backward()
        optimizer.step()


@torch.no_grad()
def sampled(model, inputs, times=4):
    answers = torch.stack([model(inputs) for _ in range(times)])
    return answers.mean(0), answers.std(0)


always, switched, whole = Net(always=True), Net(), Net()
results = []
for model in (always, switched, whole):
    fit(model)

always.eval()
results.append(sampled(always, x[300:]))

switched.eval()
for module in switched.modules():
    if isinstance(module, nn.Dropout):
        module.train()
results.append(sampled(switched, x[300:]))

whole.train()
mean, spread = sampled(whole, x[300:])
results.append(((mean - y[300:]) ** 2).mean() + spread.mean())

RESULT = results
