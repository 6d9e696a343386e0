import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); snaps = []
for cyc in range(3):
    opt = torch.optim.SGD(net.parameters(), 0.1); sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 3)
    for ep in range(3):
        for b in torch.randperm(178).split(20):
            loss = F.cross_entropy(net(X[b]), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()
    snaps.append(copy.deepcopy(net).eval())
with torch.no_grad(): print((sum(s(X).softmax(1) for s in snaps).argmax(1) == y).float().mean().item())
