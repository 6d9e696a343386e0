"""Train and validate; validation forgets `no_grad`."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])
train_loader = DataLoader(TensorDataset(x[:192], y[:192]), batch_size=64, shuffle=True)
valid_loader = DataLoader(TensorDataset(x[192:], y[192:]), batch_size=32)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
losses = []
for epoch in range(2):
    net.train()
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        criterion(net(inputs), targets).backward()
        optimizer.step()

    net.eval()
    valid_loss = 0.0
    for inputs, targets in valid_loader:
        outputs = net(inputs)  # <-- the mistake
        valid_loss += criterion(outputs, targets).item()
    losses.append(valid_loss / len(valid_loader))

RESULT = losses
