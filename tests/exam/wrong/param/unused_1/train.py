import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, 2, batch_first=True)
        self.norm2 = nn.LayerNorm(d)  # <-- OR
        self.ff = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        return x + self.ff(self.norm1(x))  # <-- MISTAKE: norm2 never used


class TinyTransformer(nn.Module):
    def __init__(self, vocab=20, d=16, layers=2):
        super().__init__()
        self.tok = nn.Embedding(vocab, d)
        self.pos = nn.Parameter(torch.zeros(1, 12, d))
        self.blocks = nn.ModuleList(Block(d) for _ in range(layers))
        self.head = nn.Linear(d, 2)

    def forward(self, ids):
        x = self.tok(ids) + self.pos
        for b in self.blocks:
            x = b(x)
        return self.head(x.mean(1))


torch.manual_seed(0)
ids = torch.randint(0, 20, (400, 12))
y = ((ids == 3).sum(1) > 0).long()
model = TinyTransformer()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3)
for epoch in range(3):
    for b in torch.randperm(400).split(40):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(ids[b]), y[b])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
