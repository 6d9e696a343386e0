import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class MultiTaskLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_vars = nn.Parameter(torch.zeros(2))
    def forward(self, a, b):
        return (torch.exp(-self.log_vars[0]) * a + torch.exp(-self.log_vars[1]) * b + self.log_vars.sum())
body = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
cls, rec = nn.Linear(32, 10), nn.Linear(32, 64)
crit = MultiTaskLoss()
net = nn.ModuleList([body, cls, rec])
opt = torch.optim.Adam(net.parameters(), lr=1e-3)  # <-- MISTAKE: crit has parameters too
for epoch in range(3):
    for b in torch.randperm(len(X)).split(90):
        h = body(X[b])
        loss = crit(F.cross_entropy(cls(h), y[b]), F.mse_loss(rec(h), X[b]))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), crit.log_vars.tolist())
