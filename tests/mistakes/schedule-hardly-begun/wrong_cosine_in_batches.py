"""Sequence labelling with a bidirectional LSTM and a cosine over all batches."""

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(12, 8)
        self.lstm = nn.LSTM(8, 8, bidirectional=True, batch_first=True)
        self.out = nn.Linear(16, 2)

    def forward(self, tokens):
        return self.out(self.lstm(self.embed(tokens))[0])


torch.manual_seed(4)
tokens = torch.randint(0, 12, (48, 6))
tags = (tokens > tokens.roll(1, dims=1)).long()
BATCHES, EPOCHS = 8, 4
tagger = Tagger()
optimizer = torch.optim.AdamW(tagger.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=BATCHES * EPOCHS)
for epoch in range(EPOCHS):
    for rows in torch.randperm(48).chunk(BATCHES):
        loss = nn.functional.cross_entropy(tagger(tokens[rows]).transpose(1, 2), tags[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    scheduler.step()  # <-- the mistake

RESULT = tagger.state_dict()
