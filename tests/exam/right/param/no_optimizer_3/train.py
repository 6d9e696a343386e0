import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Net(nn.Module):
    def __init__(self): super().__init__(); self.a, self.b = nn.Linear(64, 32), nn.Linear(32, 10)
    def add_adapter(self): self.adapter = nn.Linear(32, 32)
    def forward(self, x):
        h = torch.relu(self.a(x)); return self.b(h + self.adapter(h) if hasattr(self, "adapter") else h)
net = Net()
net.add_adapter()
opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
