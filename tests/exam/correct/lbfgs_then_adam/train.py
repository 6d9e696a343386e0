import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)); x = torch.linspace(-2, 2, 80)[:, None]; t = x.sin()
opt = torch.optim.Adam(net.parameters(), 1e-2)
for _ in range(30):
    loss = F.mse_loss(net(x), t)
    opt.zero_grad()
    loss.backward()
    opt.step()
lb = torch.optim.LBFGS(net.parameters(), max_iter=20)
def closure():
    lb.zero_grad(); l = F.mse_loss(net(x), t); l.backward(); return l
for _ in range(3): l = lb.step(closure)
print(loss.item(), l.item())
