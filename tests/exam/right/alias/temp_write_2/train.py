import torch
from torch import nn

torch.manual_seed(0)


class MaskedLM(nn.Module):
    def __init__(self, v=15, d=24):
        super().__init__()
        self.emb = nn.Embedding(v, d)
        self.enc = nn.TransformerEncoderLayer(d, 2, 48, dropout=0.0, batch_first=True)
        self.out = nn.Linear(d, v)

    def forward(self, x):
        return self.out(self.enc(self.emb(x)))


def corrupt(tokens, p=0.2):
    noisy = tokens.clone()
    where = torch.rand(tokens.shape) < p
    noisy[where] = 0
    return noisy, where


seqs = (torch.arange(10).unsqueeze(0) + torch.randint(0, 5, (300, 1))) % 14 + 1
model = MaskedLM()
opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
for epoch in range(3):
    for idx in torch.randperm(300).split(30):
        clean = seqs[idx]
        noisy, where = corrupt(clean)
        logits = model(noisy)
        loss = nn.functional.cross_entropy(logits[where], clean[where])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
