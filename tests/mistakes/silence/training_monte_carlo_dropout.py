"""Uncertainty by dropout that stays on while predicting, on purpose; only the dropout layers are in train mode."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
x = torch.tensor(features / features.std(0), dtype=torch.float32)
y = torch.tensor((target - 152) / 77, dtype=torch.float32)[:, None]
loader = DataLoader(TensorDataset(x[:384], y[:384]), batch_size=96, shuffle=True)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.GaussianNLLLoss()

for epoch in range(3):
    model.train()
    for inputs, targets in loader:
        mean, log_variance = model(inputs).chunk(2, dim=1)
        loss = criterion(mean, targets, log_variance.exp())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def enable_dropout(module):
    if isinstance(module, nn.Dropout):
        module.train()


model.eval()
model.apply(enable_dropout)
with torch.no_grad():
    samples = torch.stack([model(x[384:])[:, 0] for _ in range(8)])

RESULT = [samples.mean(0), samples.std(0)]
