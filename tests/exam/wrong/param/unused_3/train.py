import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(20, 12)
        self.fw, self.bw = nn.GRU(12, 12, batch_first=True), nn.GRU(12, 12, batch_first=True)  # <-- OR
        self.o = nn.Linear(24, 2)
    def forward(self, x):
        h = self.e(x)
        return self.o(torch.cat([self.fw(h)[1][-1], self.fw(h.flip(1))[1][-1]], 1))  # <-- MISTAKE: bw is never used
net = Net(); opt = torch.optim.Adam(net.parameters(), 3e-3)
for ep in range(2):
    for b in torch.randperm(300).split(30):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
