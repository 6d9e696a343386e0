"""Copy a sequence backwards: an encoder and a decoder."""

import torch
import torch.nn.functional as F
from torch import nn


class Seq2Seq(nn.Module):
    def __init__(self, vocab_size=12, hidden=10, pad=11):
        super().__init__()
        self.pad = pad
        self.embed = nn.Embedding(vocab_size, hidden, padding_idx=pad)
        self.encoder = nn.LSTM(hidden, hidden, batch_first=True)
        self.decoder = nn.LSTM(hidden, hidden, batch_first=True)
        self.project = nn.Linear(hidden, vocab_size)

    def forward(self, source, target):
        _, state = self.encoder(self.embed(source))
        output, _ = self.decoder(self.embed(target), state)
        return self.project(output)

    def loss(self, source, target):
        logits = self(source, target[:, :-1])
        return F.cross_entropy(logits.transpose(1, 2), target[:, 1:])  # <-- the mistake


def batches(count, pad=11):
    for _ in range(count):
        rows = []
        for length in torch.randint(2, 8, (8,)).tolist():
            words = torch.randint(0, 10, (length,))
            rows.append(F.pad(torch.cat([torch.tensor([10]), words, words.flip(0)]), (0, 16 - 2 * length), value=pad))
        yield torch.stack(rows)


torch.manual_seed(0)
model = Seq2Seq()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for batch in batches(4):
    loss = model.loss(batch, batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
