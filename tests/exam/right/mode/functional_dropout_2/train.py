import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
class Attn(nn.Module):
    def __init__(self, d=16):
        super().__init__()
        self.emb = nn.Embedding(20, d)
        self.qkv = nn.Linear(d, 3 * d)
        self.out = nn.Linear(d, 2)
    def forward(self, x):
        q, k, v = self.qkv(self.emb(x)).chunk(3, -1)
        h = F.scaled_dot_product_attention(q, k, v, dropout_p=0.2 if self.training else 0.0)
        return self.out(h.mean(1))
m = Attn()
opt = torch.optim.Adam(m.parameters(), lr=3e-3)
for epoch in range(3):
    m.train()
    for b in torch.randperm(240).split(24):
        loss = F.cross_entropy(m(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    m.eval()
    with torch.no_grad():
        print(epoch, (m(X[240:]).argmax(1) == y[240:]).float().mean().item())
