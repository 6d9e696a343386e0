import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
start = copy.deepcopy(net.state_dict())
opt = torch.optim.SGD(net.parameters(), 1e-4)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, 1.3)
hist = []
for b in torch.randperm(len(X)).split(64):
    loss = F.cross_entropy(net(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
    hist.append((opt.param_groups[0]["lr"], loss.item())); sched.step()
lr = min(hist, key=lambda t: t[1])[0] / 10
net.load_state_dict(start)
opt = torch.optim.SGD(net.parameters(), lr)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
