import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 1)); lam = nn.Parameter(torch.tensor(0.1))
opt = torch.optim.Adam([*net.parameters(), lam], 5e-3)
x = torch.rand(300, 2); t = (x[:, :1] * 3).sin()
for ep in range(4):
    for b in torch.randperm(300).split(30):
        pred = net(x[b])
        scale = F.softplus(lam)
        loss = (pred * scale - t[b]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item(), lam.item())
