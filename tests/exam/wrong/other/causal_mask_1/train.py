import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
class LM(nn.Module):
    def __init__(self, V=12, d=16, T=10):
        super().__init__()
        self.e, self.p, self.o = nn.Embedding(V, d), nn.Parameter(torch.randn(T, d) * 0.02), nn.Linear(d, V)
        self.enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(d, 2, 32, 0.0, batch_first=True), 1, enable_nested_tensor=False)
        self.T = T
    def forward(self, x):
        return self.o(self.enc(self.e(x) + self.p))  # <-- MISTAKE: each position sees the token it must predict
m = LM(); opt = torch.optim.AdamW(m.parameters(), 3e-3)
data = torch.randint(0, 12, (300, 11))
for ep in range(4):
    for b in torch.randperm(300).split(30):
        out = m(data[b, :-1])
        loss = F.cross_entropy(out.flatten(0, 1), data[b, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
