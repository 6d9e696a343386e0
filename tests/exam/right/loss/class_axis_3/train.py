import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.rand(120, 6, 5); tag = (x[..., 0] * 6).long()
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 6)); opt = torch.optim.Adam(net.parameters(), 1e-2); crit = nn.CrossEntropyLoss()
for ep in range(4):
    for b in torch.randperm(120).split(12):
        score = net(x[b])
        loss = crit(score.permute(0, 2, 1), tag[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
