import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset, Sampler
torch.manual_seed(0)
class DS(Dataset):
    def __init__(self): self.s = [torch.randint(1, 12, (int(n),)) for n in torch.randint(3, 12, (240,))]
    def __len__(self): return 240
    def __getitem__(self, i): return self.s[i]
class Bucket(Sampler):
    def __init__(self, ds, bs): self.ds, self.bs = ds, bs
    def __iter__(self):
        o = sorted(range(len(self.ds)), key=lambda i: len(self.ds[i]))
        bs = [o[i:i + self.bs] for i in range(0, len(o), self.bs)]
        return iter([bs[i] for i in torch.randperm(len(bs)).tolist()])
    def __len__(self): return len(self.ds) // self.bs
ds = DS()
dl = DataLoader(ds, batch_sampler=Bucket(ds, 24), collate_fn=lambda b: pad_sequence(b, batch_first=True))
class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.r, self.o = nn.Embedding(12, 12, padding_idx=0), nn.GRU(12, 16, batch_first=True), nn.Linear(16, 12)
    def forward(self, x): return self.o(self.r(self.e(x))[0])
m = LM(); opt = torch.optim.Adam(m.parameters(), 5e-3)
for ep in range(2):
    for x in dl:
        out = m(x[:, :-1]); t = x[:, 1:]; mask = t != 0
        loss = (F.cross_entropy(out.transpose(1, 2), t, reduction="none") * mask).sum() / mask.sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
