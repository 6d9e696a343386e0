import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(20, 16)
        self.att = nn.MultiheadAttention(16, 2, batch_first=True)
        self.f = nn.Linear(16, 2)
    def forward(self, ids):
        x = self.e(ids)                      # (batch, time, dim)
        a, _ = self.att(x, x, x)
        return self.f((x + a).mean(1))
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for ep in range(3):
    for b in torch.randperm(300).split(50):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
