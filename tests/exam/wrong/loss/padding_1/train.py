import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
torch.manual_seed(0)
PAD = 0
seqs = [torch.randint(1, 15, (int(n),)) for n in torch.randint(3, 14, (240,))]
class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.r, self.o = nn.Embedding(15, 16, padding_idx=PAD), nn.GRU(16, 24, batch_first=True), nn.Linear(24, 15)
    def forward(self, x):
        return self.o(self.r(self.e(x))[0])
lm = LM()
opt = torch.optim.Adam(lm.parameters(), 3e-3)
crit = nn.CrossEntropyLoss()  # <-- OR
for ep in range(3):
    for b in torch.randperm(240).split(24):
        batch = pad_sequence([seqs[i] for i in b.tolist()], batch_first=True, padding_value=PAD)
        out = lm(batch[:, :-1])
        loss = crit(out.reshape(-1, 15), batch[:, 1:].reshape(-1))  # <-- MISTAKE: padding is learned as a target
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
