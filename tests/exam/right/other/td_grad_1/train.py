import torch
from torch import nn
import torch.nn.functional as F
import copy
torch.manual_seed(0)
q = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2)); opt = torch.optim.Adam(q.parameters(), 1e-3)
for it in range(80):
    s, n = torch.randn(32, 3), torch.randn(32, 3); a = torch.randint(0, 2, (32,)); r = s[:, 0] * (2 * a - 1)
    target = r + 0.9 * q(n).max(1).values.detach()
    loss = F.mse_loss(q(s).gather(1, a[:, None]).squeeze(1), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
