import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randn(12, 320, 4); y = (X[:, :, 0].mean(0) > 0).long()
class Net(nn.Module):
    def __init__(self): super().__init__(); self.l, self.o = nn.LSTM(4, 16), nn.Linear(16, 2)
    def forward(self, x): return self.o(self.l(x)[0][-1])
net = Net(); opt = torch.optim.Adam(net.parameters(), 5e-3)
for ep in range(3):
    for b in torch.randperm(320).split(32):
        loss = F.cross_entropy(net(X[:, b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
