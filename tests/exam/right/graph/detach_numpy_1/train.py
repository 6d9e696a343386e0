import numpy as np
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)); opt = torch.optim.Adam(net.parameters(), 1e-2)
def huber(pred, target):
    e = (pred - target).abs()
    return torch.where(e < 1, 0.5 * e ** 2, e - 0.5).mean()
for ep in range(3):
    for b in torch.randperm(442).split(34):
        loss = huber(net(X[b]).squeeze(1), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
