import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), 0.01)
p = torch.randperm(150)
tr, te = p[:100], p[100:]
def validate(net):
    net.eval()
    losses = []
    for i in te.split(10):
        losses.append(F.cross_entropy(net(X[i]), y[i]))
    return torch.stack(losses).mean()
for epoch in range(8):
    net.train()
    for b in tr.split(20):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        v = validate(net)
    print(epoch, v.item())
