import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 3))
ema = copy.deepcopy(net).eval().requires_grad_(False)
opt = torch.optim.SGD(net.parameters(), 0.05)
@torch.no_grad()
def update(decay=0.95):
    for e, p in zip(ema.parameters(), net.parameters()):
        e.lerp_(p, 1 - decay)
    for e, p in zip(ema.buffers(), net.buffers()):
        e.copy_(p)
for ep in range(5):
    net.train()
    for b in torch.randperm(178)[:160].split(16):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        update()
    with torch.no_grad():
        print(ep, (ema(X).argmax(1) == y).float().mean().item())
