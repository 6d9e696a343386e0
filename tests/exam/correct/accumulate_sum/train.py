import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
net = nn.Sequential(nn.Embedding(20, 16), nn.Flatten(), nn.Linear(192, 2))
opt = torch.optim.SGD(net.parameters(), 0.1)
for ep in range(3):
    for big in torch.randperm(300).split(60):
        opt.zero_grad()
        for b in big.split(20):
            loss = F.cross_entropy(net(X[b]), y[b], reduction="sum") / len(big)
            loss.backward()
        opt.step()
    print(ep, loss.item())
