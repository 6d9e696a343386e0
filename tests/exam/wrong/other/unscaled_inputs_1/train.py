import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
X, y = load_wine(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)  # <-- OR
y = torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), 0.01)
for ep in range(6):
    for b in torch.randperm(178).split(16):
        out = net(X[b])  # <-- MISTAKE: features up to 1600 beside others below one
        loss = F.cross_entropy(out, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
