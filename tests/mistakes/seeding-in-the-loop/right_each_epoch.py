"""Digits with dropout; somebody wanted every epoch to be repeatable."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(42)
x, y = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(x[:160] / 16, dtype=torch.float32), torch.tensor(y[:160]))
loader = DataLoader(data, batch_size=40, shuffle=True)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

history = []
for epoch in range(3):
    model.train()
    running = 0.0
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        running += loss.item()
    history.append(running / len(loader))

RESULT = [history, model.state_dict()]
