import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randn(400, 8)
y = (X[:, 0] * X[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 2))
extra = nn.Parameter(torch.zeros(2))
params = list(model.parameters())
print("trainable:", sum(p.numel() for p in params))
opt = torch.optim.SGD([{"params": params}, {"params": [extra]}], lr=0.1)
for epoch in range(4):
    for b in torch.randperm(400).split(40):
        loss = F.cross_entropy(model(X[b]) + extra, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
