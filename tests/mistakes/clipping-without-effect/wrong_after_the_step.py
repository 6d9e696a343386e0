"""A character-level recurrent network."""

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(0)
text = "the quick brown fox jumps over the lazy dog " * 8
vocabulary = sorted(set(text))
codes = torch.tensor([vocabulary.index(char) for char in text])


class CharRNN(nn.Module):
    def __init__(self, size, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(size, 8)
        self.rnn = nn.GRU(8, hidden, batch_first=True)
        self.out = nn.Linear(hidden, size)

    def forward(self, x):
        states, _ = self.rnn(self.embedding(x))
        return self.out(states)


model = CharRNN(len(vocabulary))
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
criterion = nn.CrossEntropyLoss()
chunks = codes[: 20 * 17].view(20, 17)
for chunk in chunks.split(4):
    optimizer.zero_grad()
    logits = model(chunk[:, :-1])
    loss = criterion(logits.flatten(0, 1), chunk[:, 1:].flatten())
    loss.backward()
    optimizer.step()
    clip_grad_norm_(model.parameters(), 0.25)  # <-- the mistake

RESULT = model.state_dict()
