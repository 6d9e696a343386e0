import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X = torch.randint(1, 20, (300, 12))
y = (X == 7).any(1).long()
class MHA(nn.Module):
    def __init__(self, d=16, h=4):
        super().__init__()
        self.h, self.qkv, self.o = h, nn.Linear(d, 3 * d), nn.Linear(d, d)
    def forward(self, x):
        B, T, D = x.shape
        q, k, v = self.qkv(x).chunk(3, -1)
        split = lambda t: t.reshape(B, self.h, T, D // self.h)  # <-- MISTAKE: heads and time get mixed
        a = F.scaled_dot_product_attention(split(q), split(k), split(v))
        return self.o(a.transpose(1, 2).reshape(B, T, D))
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.a, self.f = nn.Embedding(20, 16), MHA(), nn.Linear(16, 2)
    def forward(self, x):
        x = self.e(x)
        return self.f((x + self.a(x)).mean(1))
m = Model()
opt = torch.optim.Adam(m.parameters(), 3e-3)
for ep in range(3):
    for b in torch.randperm(300).split(30):
        loss = F.cross_entropy(m(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
