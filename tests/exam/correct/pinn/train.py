import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1)); opt = torch.optim.Adam(net.parameters(), 3e-3)
x0 = torch.zeros(1, 1)
for it in range(60):
    x = torch.rand(64, 1, requires_grad=True)
    u = net(x)
    du, = torch.autograd.grad(u, x, torch.ones_like(u), create_graph=True)
    ddu, = torch.autograd.grad(du, x, torch.ones_like(du), create_graph=True)
    loss = (ddu + u).pow(2).mean() + (net(x0) - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
