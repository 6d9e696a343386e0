import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, vocab=12, d=24):
        super().__init__()
        self.emb = nn.Embedding(vocab, d)
        self.enc = nn.GRU(d, d, batch_first=True)
        self.dec = nn.GRU(d, d, batch_first=True)
        self.out = nn.Linear(d, vocab)

    def forward(self, src, tgt):
        B = src.size(0)
        _, h = self.enc(self.emb(src))
        inp = torch.zeros(1, tgt.size(1), dtype=torch.long).repeat(B, 1)
        for b in range(B):
            inp[b, 1:] = tgt[b, :-1]
        o, _ = self.dec(self.emb(inp), h)
        return self.out(o)


torch.manual_seed(0)
src = torch.randint(1, 12, (256, 7))
tgt = src.flip(1)
model = Seq2Seq()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(30):
    i = torch.randint(0, 256, (16,))
    logits = model(src[i], tgt[i])
    loss = nn.functional.cross_entropy(logits.reshape(-1, 12), tgt[i].reshape(-1))
    opt.zero_grad(); loss.backward(); opt.step()
print(loss.item())
