"""A tagger of tokens, with its training step in a method."""

import torch
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self, words=40, tags=5):
        super().__init__()
        self.embed = nn.Embedding(words, 16)
        self.rnn = nn.GRU(16, 16, batch_first=True, bidirectional=True)
        self.out = nn.Linear(32, tags)
        self.dropout = nn.Dropout(0.3)

    def forward(self, tokens):
        states, _ = self.rnn(self.embed(tokens))
        return self.dropout(self.out(states))  # <-- the mistake

    def training_step(self, tokens, tags):
        scores = self(tokens)
        return F.cross_entropy(scores.view(-1, scores.size(-1)), tags.view(-1))


torch.manual_seed(5)
tokens = torch.randint(0, 40, (32, 7))
tags = tokens % 5
model = Tagger()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for first in range(0, 32, 8):
    optimizer.zero_grad(set_to_none=True)
    model.training_step(tokens[first : first + 8], tags[first : first + 8]).backward()
    optimizer.step()

RESULT = model.state_dict()
