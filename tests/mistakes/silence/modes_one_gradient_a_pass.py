"""The gradient of a whole pass over the data: the passes themselves have no backward."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
features, species = load_iris(return_X_y=True)
loader = DataLoader(TensorDataset(torch.tensor(features, dtype=torch.float32), torch.tensor(species)), batch_size=50)
model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 3))
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=2)


def closure():
    optimizer.zero_grad()
    total = torch.zeros(())
    for inputs, targets in loader:
        total = total + F.cross_entropy(model(inputs), targets)
    total.backward()
    return total


losses = [optimizer.step(closure).item() for _ in range(2)]

RESULT = losses
