import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
big = torch.randn(64, 3000)          # features first
y = (big[0] > 0).long()
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.SGD(net.parameters(), 0.1)
rows = big.t().contiguous()
for step in range(60):
    b = torch.randint(0, 3000, (64,))
    xb = rows[b]
    loss = F.cross_entropy(net(xb), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
