import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
s = torch.randn(200, 12, 3); t = s.cumsum(1)[..., :1]
class R(nn.Module):
    def __init__(self):
        super().__init__()
        self.r, self.o = nn.RNN(3, 16, batch_first=True), nn.Linear(16, 1)
    def forward(self, x): return self.o(self.r(x)[0])
m = R(); opt = torch.optim.SGD(m.parameters(), 0.05)
for ep in range(3):
    for b in torch.randperm(200).split(20):
        opt.zero_grad()
        loss = F.mse_loss(m(s[b]), t[b])
        loss.backward()
        nn.utils.clip_grad_norm_(m.parameters(), 0.5)
        opt.step()
    print(ep, loss.item())
