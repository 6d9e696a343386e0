"""Count hits with an argmax that keeps its axis."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def evaluate(model, loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in loader:
            predicted = model(x).argmax(dim=1, keepdim=True)
            correct += predicted.eq(y.view_as(predicted)).sum().item()
    return correct / len(loader.dataset)


torch.manual_seed(0)
data, target = load_iris(return_X_y=True)
samples = TensorDataset(torch.tensor(data, dtype=torch.float32), torch.tensor(target))
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in DataLoader(samples, batch_size=30, shuffle=True):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = evaluate(model, DataLoader(samples, batch_size=30))
