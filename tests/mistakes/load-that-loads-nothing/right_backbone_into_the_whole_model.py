"""Pretrain a backbone by reconstruction, then put it under a classifier."""

import torch
from sklearn.datasets import load_wine
from torch import nn


class Classifier(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.backbone(x))


def make_backbone():
    return nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 8))


torch.manual_seed(0)
x, y = load_wine(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y)

backbone, decoder = make_backbone(), nn.Linear(8, 13)
optimizer = torch.optim.Adam([*backbone.parameters(), *decoder.parameters()], lr=1e-2)
for _step in range(5):
    optimizer.zero_grad()
    nn.functional.mse_loss(decoder(backbone(x)), x).backward()
    optimizer.step()
weights = backbone.state_dict()

model = Classifier(make_backbone())
model.backbone.load_state_dict(weights)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _step in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()

RESULT = loss.detach()
