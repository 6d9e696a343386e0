"""One-hot labels and a softmax."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
features, labels = load_iris(return_X_y=True)
features, labels = torch.tensor(features, dtype=torch.float32), torch.tensor(labels)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for batch in torch.randperm(150).split(30):
    targets = F.one_hot(labels[batch], 3).float()
    loss = F.cross_entropy(targets, model(features[batch]))  # <-- the mistake
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
