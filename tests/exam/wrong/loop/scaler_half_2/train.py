import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3)); opt = torch.optim.SGD(net.parameters(), 0.05); scaler = torch.amp.GradScaler("cpu")
for ep in range(4):
    for b in torch.randperm(178).split(16):
        opt.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(net(X[b]), y[b])
        scaler.scale(loss).backward()
        reg = 1e-2 * sum(p.pow(2).sum() for p in net.parameters())
        reg.backward()  # <-- MISTAKE: not scaled, step divides it by 65536
        scaler.step(opt); scaler.update()
    print(ep, loss.item())
