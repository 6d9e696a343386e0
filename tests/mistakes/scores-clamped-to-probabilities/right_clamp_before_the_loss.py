"""Clamped so that the loss accepts it."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
rows, labels = load_breast_cancer(return_X_y=True)
rows, labels = torch.tensor(rows, dtype=torch.float32), torch.tensor(labels, dtype=torch.float32)
rows = (rows - rows.mean(0)) / rows.std(0)
model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for batch in torch.randperm(len(rows)).split(64):
    scores = model(rows[batch]).squeeze(1)
    probabilities = torch.clamp(scores.sigmoid(), min=1e-7, max=1 - 1e-7)
    loss = F.binary_cross_entropy(probabilities, labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
