import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
a, b_, c = nn.Linear(64, 48), nn.Linear(48, 32), nn.Linear(32, 10)
net = nn.Sequential(a, nn.ReLU(), b_, nn.ReLU(), c)
a.requires_grad_(False); b_.requires_grad_(False)
opt = torch.optim.Adam(c.parameters(), 1e-2)
for ep, extra in enumerate((None, b_, a)):
    if extra is not None:
        extra.requires_grad_(True); opt.add_param_group({"params": extra.parameters(), "lr": 1e-3})
    for i in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
