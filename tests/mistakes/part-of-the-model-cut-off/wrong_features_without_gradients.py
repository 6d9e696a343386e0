"""A feature network whose forward was decorated for inference."""

import torch
from torch import nn


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(12, 16), nn.Linear(16, 8)

    @torch.no_grad()
    def forward(self, x):
        return torch.relu(self.b(torch.relu(self.a(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = Features()
        self.classifier = nn.Linear(8, 3)

    def forward(self, x):
        return self.classifier(self.features(x))  # <-- the mistake


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(5):
    x = torch.randn(32, 12)
    loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
