import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
net = nn.Linear(10, 1); opt = torch.optim.SGD(net.parameters(), 0.05)
avg, n = [torch.zeros_like(p) for p in net.parameters()], 0
for ep in range(5):
    for b in torch.randperm(442).split(34):
        loss = F.mse_loss(net(X[b]).squeeze(1), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
        for a, p in zip(avg, net.parameters()): a += (p.detach() - a) / n
backup = [p.detach().clone() for p in net.parameters()]
with torch.no_grad():
    for p, a in zip(net.parameters(), avg): p.copy_(a)
    print(F.mse_loss(net(X).squeeze(1), y).item())
    for p, o in zip(net.parameters(), backup): p.copy_(o)
