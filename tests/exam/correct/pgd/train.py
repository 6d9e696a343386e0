import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.SGD(net.parameters(), 0.1)
def pgd(x, t, eps=0.1, alpha=0.03, k=4):
    delta = torch.zeros_like(x).uniform_(-eps, eps).requires_grad_()
    for _ in range(k):
        loss = F.cross_entropy(net(x + delta), t)
        loss.backward()
        delta.data = (delta.data + alpha * delta.grad.sign()).clamp(-eps, eps)
        delta.grad.zero_()
    return (x + delta).detach()
for ep in range(2):
    for b in torch.randperm(len(X)).split(128):
        adv = pgd(X[b], y[b])
        loss = F.cross_entropy(net(adv), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
