import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
online = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16)); pred = nn.Linear(16, 16)
target = copy.deepcopy(online)
for p in target.parameters(): p.requires_grad = False
opt = torch.optim.Adam([*online.parameters(), *pred.parameters()], 1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(128):
        a, c = X[b] + 0.1 * torch.randn(len(b), 64), X[b] + 0.1 * torch.randn(len(b), 64)
        with torch.no_grad(): ta, tc = target(a), target(c)
        loss = 2 - F.cosine_similarity(pred(online(a)), tc).mean() - F.cosine_similarity(pred(online(c)), ta).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        with torch.no_grad():
            for t, o in zip(target.parameters(), online.parameters()): t.mul_(0.99).add_(o, alpha=0.01)
    print(ep, loss.item())
