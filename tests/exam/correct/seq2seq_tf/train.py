import random
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0); random.seed(0)
V = 12
class S2S(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.enc, self.dec, self.o = nn.Embedding(V, 16), nn.GRU(16, 24, batch_first=True), nn.GRUCell(16, 24), nn.Linear(24, V)
    def forward(self, src, tgt, tf):
        _, h = self.enc(self.e(src)); h = h[0]
        tok, outs = torch.zeros(len(src), dtype=torch.long), []
        for t in range(tgt.size(1)):
            h = self.dec(self.e(tok), h)
            out = self.o(h); outs.append(out)
            tok = tgt[:, t] if random.random() < tf else out.argmax(1)
        return torch.stack(outs, 1)
m = S2S(); opt = torch.optim.Adam(m.parameters(), 3e-3)
src = torch.randint(1, V, (200, 6)); tgt = src.flip(1)
for ep in range(3):
    for b in torch.randperm(200).split(25):
        loss = F.cross_entropy(m(src[b], tgt[b], 1 - 0.3 * ep).flatten(0, 1), tgt[b].flatten())
        opt.zero_grad(); loss.backward(); nn.utils.clip_grad_norm_(m.parameters(), 1.0); opt.step()
    print(ep, loss.item())
