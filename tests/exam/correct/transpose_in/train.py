import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
class Net(nn.Module):
    def __init__(self): super().__init__(); self.e, self.t, self.o = nn.Embedding(20, 16), nn.TransformerEncoderLayer(16, 2, 32, 0.0), nn.Linear(16, 2)
    def forward(self, x): return self.o(self.t(self.e(x).transpose(0, 1)).mean(0))
net = Net(); opt = torch.optim.Adam(net.parameters(), 3e-3)
for ep in range(2):
    for b in torch.randperm(300).split(30):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
