"""Many batches before a step; a pool of samples that grows; sequences of random lengths, sorted by length inside."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

torch.manual_seed(0)
images, digits = load_digits(return_X_y=True)
images, digits = torch.tensor(images[:600] / 16, dtype=torch.float32), torch.tensor(digits[:600])
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
for number, rows in enumerate(torch.randperm(600).split(20)):
    (F.cross_entropy(net(images[rows]), digits[rows]) / 15).backward()
    if number % 15 == 14:
        optimizer.step()
        optimizer.zero_grad()

for share in (0.3, 0.6, 1.0):
    net.eval()
    with torch.no_grad():
        difficulty = F.cross_entropy(net(images), digits, reduction="none")
    net.train()
    pool = difficulty.argsort()[: int(share * 600)]
    for rows in pool[torch.randperm(len(pool))].split(60):
        loss = F.cross_entropy(net(images[rows]), digits[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


class Sums(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)
        self.out = nn.Linear(8, 2)

    def forward(self, x, lengths):
        _, last = self.rnn(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        return self.out(last[-1])


lengths = torch.randint(2, 9, (60,))
sequences = [torch.randn(int(length), 3) for length in lengths]
signs = torch.tensor([int(sequence[:, 0].sum() > 0) for sequence in sequences])
sums = Sums()
optimizer = torch.optim.Adam(sums.parameters(), 1e-2)
for rows in torch.randperm(60).split(15):
    x = pad_sequence([sequences[row] for row in rows.tolist()], batch_first=True)
    loss = F.cross_entropy(sums(x, lengths[rows]), signs[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = [net.state_dict(), sums.state_dict()]
