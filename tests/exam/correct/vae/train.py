import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.m, self.l, self.d = nn.Linear(64, 32), nn.Linear(32, 4), nn.Linear(32, 4), nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())
    def forward(self, x):
        h = torch.relu(self.e(x)); m, l = self.m(h), self.l(h)
        return self.d(m + torch.randn_like(m) * (l / 2).exp()), m, l
v = VAE(); opt = torch.optim.Adam(v.parameters(), 1e-3)
for ep in range(2):
    tot = 0
    for (xb,) in DataLoader(TensorDataset(X), 64, shuffle=True):
        r, m, l = v(xb)
        loss = F.binary_cross_entropy(r, xb, reduction="sum") - 0.5 * (1 + l - m.pow(2) - l.exp()).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    print(ep, tot / len(X))
with torch.no_grad(): print(v.d(torch.randn(2, 4)).shape)
