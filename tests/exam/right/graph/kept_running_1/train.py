import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(64, 32), nn.Linear(32, 10)
        self.running = torch.zeros(32)
    def forward(self, x):
        h = torch.relu(self.a(x))
        self.running = 0.9 * self.running + 0.1 * h.mean(0).detach()
        return self.b(h)
net = Net(); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    for x, t in zip(X.split(64), y.split(64)):
        loss = F.cross_entropy(net(x), t)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item(), net.running.mean().item())
