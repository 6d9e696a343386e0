import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
def train_one_epoch(net, X, y):
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)  # <-- MISTAKE: the moments start anew every epoch
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()
for ep in range(4):
    print(ep, train_one_epoch(net, X, y))
