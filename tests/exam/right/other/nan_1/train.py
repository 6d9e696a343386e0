import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randn(300, 4); X[::7] = 0
y = X.norm(dim=1)
net = nn.Sequential(nn.Linear(4, 16, bias=False), nn.ReLU(), nn.Linear(16, 4, bias=False)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    for i in range(0, 300, 30):
        h = net(X[i:i + 30])
        pred = ((h ** 2).sum(1) + 1e-8).sqrt()
        loss = F.mse_loss(pred, y[i:i + 30])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
