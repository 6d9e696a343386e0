import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.f = nn.Embedding(100, 8, sparse=True), nn.Linear(8, 2)
    def forward(self, x): return self.f(self.e(x).mean(1))
m = M(); o1, o2 = torch.optim.SparseAdam(m.e.parameters(), 1e-2), torch.optim.AdamW(m.f.parameters(), 1e-3)
X = torch.randint(0, 100, (300, 6)); y = (X.sum(1) > 300).long()
for ep in range(3):
    for b in torch.randperm(300).split(30):
        loss = F.cross_entropy(m(X[b]), y[b])
        for o in (o1, o2): o.zero_grad()
        loss.backward()
        for o in (o1, o2): o.step()
    print(ep, loss.item())
