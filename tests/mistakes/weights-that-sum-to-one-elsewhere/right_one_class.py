"""One output, and a cross entropy."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
rows, labels = load_breast_cancer(return_X_y=True)
rows, labels = torch.tensor(rows, dtype=torch.float32), torch.tensor(labels, dtype=torch.float32).unsqueeze(1)
rows = (rows - rows.mean(0)) / rows.std(0)
model, entropy, binary = nn.Linear(30, 1), nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for batch in torch.randperm(len(rows)).split(64):
    loss = binary(model(rows[batch]), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
