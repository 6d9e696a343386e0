import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
img = torch.rand(120, 1, 12, 12); seg = (img[:, 0] > 0.5).long() + (img[:, 0] > 0.8).long()
net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 1)); opt = torch.optim.Adam(net.parameters(), 1e-2)
for ep in range(3):
    net.train()
    for b in torch.randperm(100).split(20):
        out = net(img[b])
        loss = F.cross_entropy(out.reshape(-1, 3), seg[b].reshape(-1))  # <-- MISTAKE: classes are axis 1; reshape mixes pixels and classes
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): print(ep, (net(img[100:]).argmax(1) == seg[100:]).float().mean().item())
