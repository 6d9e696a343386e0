"""All the data in two tensors; the validation loss is computed right beside the training loss."""

import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
from torch import nn

torch.manual_seed(0)
x, y = load_wine(return_X_y=True)
x, y = torch.tensor(scale(x), dtype=torch.float32), torch.tensor(y)
chosen = torch.arange(178) % 4 != 0
net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
curves = []
for epoch in range(8):
    optimizer.zero_grad()
    loss = criterion(net(x[chosen]), y[chosen])
    loss.backward()
    optimizer.step()
    val_loss = criterion(net(x[~chosen]), y[~chosen])  # <-- the mistake
    curves.append((loss.item(), val_loss.item()))

RESULT = curves
