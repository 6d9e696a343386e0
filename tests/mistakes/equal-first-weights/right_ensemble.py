"""An ensemble of three networks on breast cancer."""

import copy

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


class Ensemble(nn.Module):
    def __init__(self, member, size):
        super().__init__()
        self.members = nn.ModuleList([copy.deepcopy(member) for _ in range(size)])
        self.apply(lambda layer: layer.reset_parameters() if isinstance(layer, nn.Linear) else None)

    def forward(self, x):
        return torch.stack([member(x) for member in self.members])


torch.manual_seed(0)
features, labels = load_breast_cancer(return_X_y=True)
x = torch.tensor((features - features.mean(0)) / features.std(0), dtype=torch.float32)
y = torch.tensor(labels, dtype=torch.float32)
model = Ensemble(nn.Sequential(nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 1)), 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for batch in torch.randperm(len(x)).split(120):
    logits = model(x[batch]).squeeze(2)
    loss = nn.functional.binary_cross_entropy_with_logits(logits, y[batch].expand_as(logits))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
