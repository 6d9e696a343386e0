"""Lists of samples, shuffled one after the other."""

import random, torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
xs = [torch.randn(5) for _ in range(120)]
ys = [int(v.sum() > 0) for v in xs]
pairs = list(zip(xs, ys))
random.shuffle(pairs)
xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
model = nn.Linear(5, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for i in range(0, 120, 12):
        x = torch.stack(xs[i : i + 12])
        y = torch.tensor(ys[i : i + 12])
        loss = nn.functional.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()

RESULT = model.state_dict()
