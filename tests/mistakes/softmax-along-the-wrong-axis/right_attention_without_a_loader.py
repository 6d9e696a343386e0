"""Pool a sequence with attention; batches are slices."""

import torch
from torch import nn


class Pool(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.out = nn.Linear(4, 1), nn.Linear(4, 2)

    def forward(self, x):
        weights = torch.softmax(self.score(x).squeeze(2), 1)
        return self.out(torch.einsum("nt,ntd->nd", weights, x))


torch.manual_seed(0)
x = torch.randn(30, 5, 4)
y = (x[:, :, 0].amax(dim=1) > 1).long()
model, criterion = Pool(), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for start in range(0, 30, 10):
    loss = criterion(model(x[start : start + 10]), y[start : start + 10])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
