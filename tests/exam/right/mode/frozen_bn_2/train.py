import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
pre = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 24), nn.BatchNorm1d(24), nn.ReLU())
head = nn.Linear(24, 10)
for q in pre.parameters():
    q.requires_grad_(False)
model = nn.Sequential(pre, head)
optim = torch.optim.Adam(filter(lambda q: q.requires_grad, model.parameters()), lr=5e-3)
for ep in range(3):
    model.train()
    pre.eval()
    for b in torch.randperm(len(X)).split(128):
        loss = F.cross_entropy(model(X[b]), y[b])
        optim.zero_grad()
        loss.backward()
        optim.step()
    model.eval()
    with torch.no_grad():
        print(ep, (model(X).argmax(1) == y).float().mean().item())
