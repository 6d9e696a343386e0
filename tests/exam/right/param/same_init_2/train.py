import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
class Enc(nn.Module):
    def __init__(self, d=16, n=3):
        super().__init__()
        self.emb = nn.Embedding(20, d)
        layer = nn.TransformerEncoderLayer(d, 2, 32, dropout=0.0, batch_first=True)
        self.layers = nn.ModuleList([nn.TransformerEncoderLayer(d, 2, 32, dropout=0.0, batch_first=True) for _ in range(n)])
        self.head = nn.Linear(d, 2)
    def forward(self, x):
        h = self.emb(x)
        for l in self.layers:
            h = l(h)
        return self.head(h.mean(1))
m = Enc()
opt = torch.optim.AdamW(m.parameters(), lr=1e-3)
for ep in range(2):
    for b in torch.randperm(300).split(30):
        loss = F.cross_entropy(m(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
