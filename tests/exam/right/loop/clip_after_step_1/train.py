import torch
from torch import nn

torch.manual_seed(0)


class CharRNN(nn.Module):
    def __init__(self, v, h=32):
        super().__init__()
        self.e = nn.Embedding(v, h)
        self.r = nn.GRU(h, h, batch_first=True)
        self.o = nn.Linear(h, v)

    def forward(self, x):
        return self.o(self.r(self.e(x))[0])


text = "the quick brown fox jumps over the lazy dog and runs into the woods " * 20
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])
model = CharRNN(len(chars))
opt = torch.optim.RMSprop(model.parameters(), lr=1e-3)
for step in range(40):
    start = torch.randint(0, len(ids) - 33, (16,))
    batch = torch.stack([ids[s:s + 33] for s in start])
    logits = model(batch[:, :-1])
    loss = nn.functional.cross_entropy(logits.transpose(1, 2), batch[:, 1:])
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
print(loss.item())
