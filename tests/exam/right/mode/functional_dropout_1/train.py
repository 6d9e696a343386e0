import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer


class MLP(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.l1 = nn.Linear(n_in, 64)
        self.l2 = nn.Linear(64, 64)
        self.l3 = nn.Linear(64, 1)

    def forward(self, x):
        x = F.relu(self.l1(x))
        x = F.dropout(x, p=0.4, training=self.training)
        x = F.relu(self.l2(x))
        return self.l3(x).squeeze(-1)


torch.manual_seed(0)
d = load_breast_cancer()
X = torch.tensor((d.data - d.data.mean(0)) / d.data.std(0), dtype=torch.float32)
y = torch.tensor(d.target, dtype=torch.float32)
Xt, yt, Xv, yv = X[:450], y[:450], X[450:], y[450:]
net = MLP(30)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for ep in range(5):
    net.train()
    for b in torch.randperm(450).split(50):
        opt.zero_grad()
        F.binary_cross_entropy_with_logits(net(Xt[b]), yt[b]).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(ep, ((net(Xv) > 0) == (yv > 0.5)).float().mean().item())
