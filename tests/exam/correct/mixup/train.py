import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        lam = torch.distributions.Beta(0.4, 0.4).sample(); j = torch.randperm(len(b))
        xb = lam * X[b] + (1 - lam) * X[b][j]; out = net(xb)
        loss = lam * F.cross_entropy(out, y[b]) + (1 - lam) * F.cross_entropy(out, y[b][j])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
