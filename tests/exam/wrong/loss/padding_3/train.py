import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
torch.manual_seed(0)
seqs = [torch.randint(1, 15, (int(n),)) for n in torch.randint(2, 14, (240,))]; lab = torch.tensor([int(3 in s) for s in seqs])
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.enc, self.o = nn.Embedding(15, 16, padding_idx=0), nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True), nn.Linear(16, 2)
    def forward(self, x):
        h = self.enc(self.e(x))  # <-- MISTAKE: attends to the padding
        return self.o(h.mean(1))  # <-- OR
net = Net(); opt = torch.optim.Adam(net.parameters(), 2e-3)
for ep in range(3):
    for b in torch.randperm(240).split(24):
        x = pad_sequence([seqs[i] for i in b.tolist()], batch_first=True)
        loss = F.cross_entropy(net(x), lab[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
