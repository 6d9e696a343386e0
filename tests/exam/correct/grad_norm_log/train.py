import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), 0.1); seen = []
h = net[0].weight.register_hook(lambda g: seen.append(g.norm().item()))
for ep in range(4):
    for b in torch.randperm(150).split(30):
        z = net[0](X[b]); z.retain_grad(); loss = F.cross_entropy(net[2](torch.tanh(z)), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item(), seen[-1], z.grad.norm().item())
h.remove()
