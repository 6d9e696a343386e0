"""A decoder that writes its outputs into a tensor, step by step."""

import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, tokens=11, hidden=8):
        super().__init__()
        self.tokens, self.hidden = tokens, hidden
        self.embedding, self.cell = nn.Embedding(tokens, 8), nn.GRUCell(8, hidden)
        self.out = nn.Linear(hidden, tokens)

    def forward(self, target):
        outputs = torch.zeros(target.size(0), target.size(1), self.tokens)
        hidden = torch.zeros(target.size(1), self.hidden)
        for t in range(1, target.size(0)):
            hidden = self.cell(self.embedding(target[t - 1]), hidden)
            outputs[t] = self.out(hidden)
        return outputs


torch.manual_seed(0)
model = Decoder()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    target = torch.randint(0, 11, (9, 6))
    outputs = model(target)
    loss = criterion(outputs[1:].view(-1, 11), target[1:].view(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
