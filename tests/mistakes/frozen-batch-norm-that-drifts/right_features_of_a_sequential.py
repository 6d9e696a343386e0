"""Fine-tune the last layer; everything at the top level, as in a notebook."""

import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
data, target = load_wine(return_X_y=True)
x = torch.tensor((data - data.mean(0)) / data.std(0), dtype=torch.float32)
y = torch.tensor(target)

features = nn.Sequential(nn.Linear(13, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8), nn.BatchNorm1d(8))
features.requires_grad_(False)
features.eval()
head = nn.Linear(8, 3)

optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
for _ in range(4):
    scores = head(features(x))
    loss = nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = features.state_dict(), head.state_dict()
