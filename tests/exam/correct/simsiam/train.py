import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
f = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16)); h = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 16))
opt = torch.optim.SGD([*f.parameters(), *h.parameters()], 0.05, momentum=0.9)
D = lambda p, z: -F.cosine_similarity(p, z.detach()).mean()
for ep in range(2):
    for b in torch.randperm(len(X)).split(128):
        z1, z2 = f(X[b] + 0.1 * torch.randn(len(b), 64)), f(X[b] + 0.1 * torch.randn(len(b), 64))
        loss = D(h(z1), z2) / 2 + D(h(z2), z1) / 2
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
