"""A language model that learns masked tokens; the masks are written into slices of the text."""

import torch
from torch import nn

MASK = 0


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.output = nn.Linear(16, 50)

    def forward(self, tokens):
        return self.output(self.embedding(tokens))


torch.manual_seed(0)
text = torch.randint(1, 50, (64, 12))
model = LanguageModel()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _epoch in range(3):
    for begin in range(0, 64, 16):
        tokens = text[begin : begin + 16].clone()
        targets = tokens.clone()
        chosen = torch.rand(tokens.shape) < 0.15
        tokens[chosen] = MASK
        loss = nn.functional.cross_entropy(model(tokens)[chosen], targets[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

RESULT = loss.detach()
