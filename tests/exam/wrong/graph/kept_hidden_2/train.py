import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
s = torch.randn(400, 8, 3); t = s[:, :, :1].mean(1)
class Mem(nn.Module):
    def __init__(self): super().__init__(); self.r, self.o = nn.GRU(3, 12, batch_first=True), nn.Linear(12, 1); self.memory = []
    def forward(self, x):
        h = self.r(x)[1][-1]
        self.memory.append(h.mean(0))  # <-- MISTAKE: the graph of each batch is kept
        return self.o(h)
m = Mem(); opt = torch.optim.Adam(m.parameters(), 3e-3)
for ep in range(2):
    for b in torch.randperm(400).split(20):
        loss = F.mse_loss(m(s[b]), t[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item(), len(m.memory))
