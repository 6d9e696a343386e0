import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randn(320, 9, 5); y = X[:, :, 0].amax(1)
class Pool(nn.Module):
    def __init__(self):
        super().__init__()
        self.s, self.v, self.o = nn.Linear(5, 1), nn.Linear(5, 8), nn.Linear(8, 1)
    def forward(self, x):
        w = torch.softmax(self.s(x), dim=0)  # <-- MISTAKE: normalises over the batch, not over time
        return self.o((w * self.v(x)).sum(1)).squeeze(1)
m = Pool()
opt = torch.optim.Adam(m.parameters(), 1e-2)
for ep in range(4):
    for b in torch.randperm(320).split(32):
        loss = F.mse_loss(m(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
