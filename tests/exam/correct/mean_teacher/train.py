import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10)); teacher = copy.deepcopy(net)
for p in teacher.parameters(): p.detach_()
opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    net.train(); teacher.train()
    for b in torch.randperm(len(X)).split(100):
        with torch.no_grad(): t = teacher(X[b] + 0.05 * torch.randn(len(b), 64)).softmax(1)
        out = net(X[b]); lab = b < 300
        loss = F.mse_loss(out.softmax(1), t)
        if lab.any(): loss = loss + F.cross_entropy(out[lab], y[b][lab])
        opt.zero_grad()
        loss.backward()
        opt.step()
        for a, p in zip(teacher.parameters(), net.parameters()): a.data.mul_(0.98).add_(p.data, alpha=0.02)
    print(ep, loss.item())
