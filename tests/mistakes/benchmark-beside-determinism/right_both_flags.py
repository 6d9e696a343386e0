"""Everything that somebody read about repeatability, and everything about speed."""

import torch
from torch import nn

before = torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic
torch.manual_seed(0)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False

x = torch.randn(32, 3, 8, 8)
y = torch.randint(0, 4, (32,))
model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(4):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()

torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = before
RESULT = model.state_dict()
