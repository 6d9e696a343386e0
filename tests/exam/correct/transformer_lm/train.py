import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
class GPT(nn.Module):
    def __init__(self, V=16, d=24, T=16):
        super().__init__()
        self.e, self.p, self.o = nn.Embedding(V, d), nn.Embedding(T, d), nn.Linear(d, V)
        self.b = nn.TransformerEncoder(nn.TransformerEncoderLayer(d, 2, 48, 0.1, batch_first=True, norm_first=True), 2, enable_nested_tensor=False)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(T))
    def forward(self, x):
        t = x.size(1)
        return self.o(self.b(self.e(x) + self.p(torch.arange(t)), mask=self.mask[:t, :t], is_causal=True))
m = GPT(); opt = torch.optim.AdamW(m.parameters(), 3e-3); sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1, (s + 1) / 20))
seq = torch.arange(400) * 5 % 16
for it in range(50):
    b = torch.stack([seq[s:s + 17] for s in torch.randint(0, 383, (16,))])
    loss = F.cross_entropy(m(b[:, :-1]).flatten(0, 1), b[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
m.eval(); out = seq[None, :4]
with torch.no_grad():
    for _ in range(8): out = torch.cat([out, m(out)[:, -1:].argmax(-1)], 1)
print(loss.item(), out.tolist())
