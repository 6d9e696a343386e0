"""Predict the progress of diabetes."""

import warnings

import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
torch.manual_seed(0)
X, target = load_diabetes(return_X_y=True)
x = torch.tensor(X, dtype=torch.float32)
y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32)
train_loader = DataLoader(TensorDataset(x[:320], y[:320]), batch_size=64, shuffle=True)

model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for epoch in range(2):
    running_loss = 0.0
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs.squeeze(1), targets)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()

RESULT = model.state_dict()
