import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
img = torch.rand(200, 8, 8, 3); lab = (img[..., 0].mean((1, 2)) > 0.5).long()
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 2)); opt = torch.optim.Adam(net.parameters(), 3e-3)
def collate(b):
    return img[b].permute(0, 3, 1, 2), lab[b]
for ep in range(3):
    for b in torch.randperm(200).split(20):
        x, t = collate(b); loss = F.cross_entropy(net(x), t)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
