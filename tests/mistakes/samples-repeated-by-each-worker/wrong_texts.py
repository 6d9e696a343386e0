"""Lines of text, which stay texts in the batch."""

import torch
from torch import nn
from torch.utils.data import IterableDataset, DataLoader


class Text(IterableDataset):
    def __init__(self, lines):
        self.lines = lines

    def __iter__(self):
        return iter(self.lines)


def embed(lines):
    return torch.tensor([[float(len(l)), float(sum(map(ord, l)) % 17), 1.0] for l in lines])


torch.manual_seed(0)
lines = [f"line {i} " + "x" * (i % 7) for i in range(40)]
loader = DataLoader(Text(lines), batch_size=5, num_workers=4)  # <-- the mistake
m = nn.Linear(3, 1)
o = torch.optim.SGD(m.parameters(), 0.001)
for batch in loader:
    x = embed(batch)
    l = nn.functional.mse_loss(m(x), x[:, :1])
    o.zero_grad()
    l.backward()
    o.step()

RESULT = m.state_dict()
