"""Two helpers, one for each loader, and each splits for itself."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(x[:320] / 16, dtype=torch.float32), torch.tensor(y[:320]))


def train_loader():
    train, _ = random_split(data, [240, 80])
    return DataLoader(train, batch_size=48, shuffle=True)


def valid_loader():
    _, valid = random_split(data, [240, 80])  # <-- the mistake
    return DataLoader(valid, batch_size=80)


train, valid = train_loader(), valid_loader()
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scores = []
for epoch in range(2):
    model.train()
    for images, labels in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        scores.append(sum((model(a).argmax(1) == b).sum().item() for a, b in valid) / 80)

RESULT = scores
