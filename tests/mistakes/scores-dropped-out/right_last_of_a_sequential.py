"""A dropout behind each layer."""

import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
rows, labels = load_wine(return_X_y=True)
rows, labels = torch.tensor(rows, dtype=torch.float32), torch.tensor(labels)
rows = (rows - rows.mean(0)) / rows.std(0)
model = nn.Sequential(
    nn.Linear(13, 32),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(32, 3),
    nn.Identity(),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(2):
    for batch in torch.randperm(len(rows)).split(32):
        loss = criterion(model(rows[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
