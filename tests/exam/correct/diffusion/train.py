import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
T = 50; beta = torch.linspace(1e-3, 0.1, T); abar = (1 - beta).cumprod(0)
class Eps(nn.Module):
    def __init__(self):
        super().__init__()
        self.t, self.n = nn.Embedding(T, 16), nn.Sequential(nn.Linear(80, 64), nn.SiLU(), nn.Linear(64, 64))
    def forward(self, x, t): return self.n(torch.cat([x, self.t(t)], 1))
m = Eps(); opt = torch.optim.AdamW(m.parameters(), 1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        t = torch.randint(0, T, (len(b),)); e = torch.randn(len(b), 64); a = abar[t, None]
        loss = F.mse_loss(m(a.sqrt() * X[b] + (1 - a).sqrt() * e, t), e)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
m.eval(); x = torch.randn(4, 64)
with torch.no_grad():
    for i in reversed(range(T)):
        e = m(x, torch.full((4,), i)); x = (x - beta[i] / (1 - abar[i]).sqrt() * e) / (1 - beta[i]).sqrt()
        if i: x += beta[i].sqrt() * torch.randn_like(x)
print(x.mean().item())
