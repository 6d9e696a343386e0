"""An encoder and a head in two variables; before the test somebody thinks of the head only."""

import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x[:320] / 16, dtype=torch.float32), torch.tensor(y[:320])
encoder = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU())
head = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, 10))
optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=2e-3)
scores = []
for epoch in range(2):
    encoder.train()
    head.train()
    for batch in torch.randperm(240).split(60):
        loss = nn.functional.cross_entropy(head(encoder(x[batch])), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    head.eval()
    with torch.no_grad():
        scores.append((head(encoder(x[240:])).argmax(1) == y[240:]).sum().item())  # <-- the mistake

RESULT = scores
