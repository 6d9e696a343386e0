import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Net(nn.Module):
    def __init__(self, k): super().__init__(); self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU()); self.head = nn.Linear(32, k)
    def forward(self, x): return self.head(self.body(x))
pre = Net(4); st = {k: v for k, v in pre.state_dict().items() if not k.startswith("head")}
net = Net(10); missing = net.load_state_dict(st, strict=False); print(missing.missing_keys)
opt = torch.optim.Adam(net.parameters(), 1e-3)
for b in torch.randperm(len(X)).split(64):
    loss = F.cross_entropy(net(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
