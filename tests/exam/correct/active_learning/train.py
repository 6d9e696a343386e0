import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
perm = torch.randperm(1797); test, pool = perm[:300], perm[300:]; lab = pool[:100]; pool = pool[100:]
for rnd in range(3):
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 5e-3)
    for ep in range(3):
        for b in lab[torch.randperm(len(lab))].split(25):
            loss = F.cross_entropy(net(X[b]), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
    net.eval()
    with torch.no_grad():
        conf = net(X[pool]).softmax(1).max(1).values; pick = conf.argsort()[:100]; acc = (net(X[test]).argmax(1) == y[test]).float().mean().item()
    keep = torch.ones(len(pool), dtype=torch.bool); keep[pick] = False; lab = torch.cat([lab, pool[pick]]); pool = pool[keep]
    print(rnd, acc)
