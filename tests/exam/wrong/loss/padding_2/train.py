import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence, pack_padded_sequence
torch.manual_seed(0)
lens = torch.randint(2, 15, (300,))
seqs = [torch.randn(int(n), 3) for n in lens]
labels = torch.tensor([int(s[:, 0].sum() > 0) for s in seqs])
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.LSTM(3, 16, batch_first=True), nn.Linear(16, 2)
    def forward(self, x, n):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])  # <-- MISTAKE: for short sequences this is after the padding
net = Net()
opt = torch.optim.Adam(net.parameters(), 3e-3)
for ep in range(3):
    for b in torch.randperm(300).split(30):
        x = pad_sequence([seqs[i] for i in b.tolist()], batch_first=True)
        loss = F.cross_entropy(net(x, lens[b]), labels[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
