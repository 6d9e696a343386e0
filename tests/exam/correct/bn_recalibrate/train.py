import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10)); opt = torch.optim.SGD(net.parameters(), 0.05)
for b in torch.randperm(len(X)).split(64):
    loss = F.cross_entropy(net(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
net[1].reset_running_stats(); net[1].momentum = None
with torch.no_grad():
    for b in X.split(200): net(b)
net.eval()
with torch.no_grad(): print((net(X).argmax(1) == y).float().mean().item())
