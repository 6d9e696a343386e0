"""Tell malignant from benign with one output."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
data, target = load_breast_cancer(return_X_y=True)
x = torch.tensor(data[:200], dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
y = torch.tensor(target[:200], dtype=torch.float32)

model = nn.Sequential(
    nn.Linear(30, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
    nn.Sigmoid(),
)
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for start in range(0, 200, 50):
    outputs = model(x[start : start + 50]).squeeze(1)
    loss = criterion(outputs, y[start : start + 50])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
