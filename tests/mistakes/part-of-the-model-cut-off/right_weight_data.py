"""A bilinear layer of one's own between two encoders, notebook style."""

import torch
from torch import nn

torch.manual_seed(0)


class Bilinear(nn.Module):
    def __init__(self, left, right):
        super().__init__()
        self.W = nn.Parameter(torch.randn(left, right) / left)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, a, b):
        return ((a @ self.W) * b).sum(1) + self.bias


class Matcher(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Embedding(40, 8)
        self.item = nn.Embedding(60, 8)
        self.score = Bilinear(8, 8)

    def forward(self, q, i):
        return self.score(self.query(q), self.item(i))


model = Matcher()
opt = torch.optim.Adagrad(model.parameters(), lr=0.1)
queries, items = torch.randint(0, 40, (160,)), torch.randint(0, 60, (160,))
clicked = ((queries + items) % 3 == 0).float()
for part in range(5):
    rows = slice(32 * part, 32 * part + 32)
    loss = nn.functional.binary_cross_entropy_with_logits(model(queries[rows], items[rows]), clicked[rows])
    opt.zero_grad()
    loss.backward()
    opt.step()

RESULT = model.state_dict()
