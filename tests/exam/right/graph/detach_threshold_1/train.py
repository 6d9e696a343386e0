import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
img = torch.rand(100, 1, 10, 10); mask = (img > 0.6).float()
net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1)); opt = torch.optim.Adam(net.parameters(), 1e-2)
def dice(p, t):
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)
for ep in range(3):
    for b in torch.randperm(100).split(20):
        loss = dice(torch.sigmoid(net(img[b])), mask[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
