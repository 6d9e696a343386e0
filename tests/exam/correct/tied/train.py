import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
class LM(nn.Module):
    def __init__(self, V=15, d=24):
        super().__init__()
        self.e, self.r, self.o = nn.Embedding(V, d), nn.LSTM(d, d, batch_first=True), nn.Linear(d, V, bias=False)
        self.o.weight = self.e.weight
    def forward(self, x, h=None):
        y, h = self.r(self.e(x), h)
        return self.o(y), h
m = LM(); opt = torch.optim.Adam(m.parameters(), 3e-3)
stream = (torch.arange(8 * 121) * 7 % 15).view(8, 121)
h = None
for k in range(0, 120, 12):
    if h is not None:
        h = tuple(t.detach() for t in h)
    out, h = m(stream[:, k:k + 12], h)
    loss = F.cross_entropy(out.reshape(-1, 15), stream[:, k + 1:k + 13].reshape(-1))
    opt.zero_grad(); loss.backward(); opt.step()
print(loss.item())
