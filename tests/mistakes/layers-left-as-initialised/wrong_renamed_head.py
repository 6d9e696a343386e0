"""Predict with a model whose last layer has got another name since it was trained."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


class Old(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(30, 16)
        self.fc = nn.Linear(16, 2)

    def forward(self, x):
        return self.fc(self.hidden(x).relu())


class New(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(30, 16)
        self.classifier = nn.Linear(16, 2)

    def forward(self, x):
        return self.classifier(torch.relu(self.hidden(x)))


torch.manual_seed(0)
x, y = load_breast_cancer(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y)
old = Old()
optimizer = torch.optim.SGD(old.parameters(), lr=0.1)
for _step in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(old(x[:400]), y[:400]).backward()
    optimizer.step()

state = old.state_dict()
model = New()
model.load_state_dict(state, strict=False)  # <-- the mistake
model.eval()
with torch.no_grad():
    RESULT = (model(x[400:]).argmax(1) == y[400:]).float().mean()
