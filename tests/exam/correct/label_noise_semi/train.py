import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Dropout(0.1), nn.Linear(48, 10)); opt = torch.optim.Adam(net.parameters(), 2e-3)
lab, un = torch.randperm(len(X)).split([300, len(X) - 300])
for ep in range(4):
    for b in un[torch.randperm(len(un))].split(128):
        l = lab[torch.randint(0, 300, (64,))]
        loss = F.cross_entropy(net(X[l]), y[l])
        if ep > 1:
            net.eval()
            with torch.no_grad(): conf, ps = net(X[b]).softmax(1).max(1)
            net.train()
            k = conf > 0.8
            if k.any(): loss = loss + 0.3 * F.cross_entropy(net(X[b][k] + 0.05 * torch.randn(int(k.sum()), 64)), ps[k])
            opt.zero_grad()
            loss.backward()
            opt.step()
    print(ep, loss.item())
