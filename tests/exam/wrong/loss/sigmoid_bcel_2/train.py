import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Linear(64, 32)
        self.mu, self.lv = nn.Linear(32, 4), nn.Linear(32, 4)
        self.d = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())  # <-- OR
    def forward(self, x):
        h = torch.relu(self.e(x))
        mu, lv = self.mu(h), self.lv(h)
        return self.d(mu + torch.randn_like(mu) * (0.5 * lv).exp()), mu, lv
v = VAE()
opt = torch.optim.Adam(v.parameters(), lr=1e-3)
for ep in range(3):
    for b in torch.randperm(len(X)).split(100):
        out, mu, lv = v(X[b])
        rec = F.binary_cross_entropy_with_logits(out, X[b], reduction="sum")  # <-- MISTAKE: out went through a sigmoid
        loss = (rec - 0.5 * (1 + lv - mu.pow(2) - lv.exp()).sum()) / len(b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
