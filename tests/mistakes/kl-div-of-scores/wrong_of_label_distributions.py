"""Learn how many people chose each of five grades."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(40, 6)
votes = torch.rand(40, 5) + 0.1
distribution = votes / votes.sum(dim=1, keepdim=True)

model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 5))
criterion = nn.KLDivLoss(reduction="batchmean")
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for rows in torch.randperm(40).split(10):
        outputs = model(x[rows])
        loss = criterion(outputs, distribution[rows])  # <-- the mistake
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
