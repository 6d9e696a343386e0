"""Beside the test set, the accuracy on a part of the training set is watched, and at the end that on everything."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
train, test = TensorDataset(x[:200], y[:200]), TensorDataset(x[200:280], y[200:280])
probe = Subset(train, range(0, 200, 4))
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)


@torch.no_grad()
def accuracy(data):
    model.eval()
    return sum((model(a).argmax(1) == b).sum().item() for a, b in DataLoader(data, batch_size=50)) / len(data)


history = []
for epoch in range(2):
    model.train()
    for images, labels in DataLoader(train, batch_size=40, shuffle=True):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    history.append((accuracy(probe), accuracy(test)))
history.append(accuracy(ConcatDataset([train, test])))

RESULT = history
