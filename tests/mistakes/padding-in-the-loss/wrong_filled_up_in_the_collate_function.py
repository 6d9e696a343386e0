"""A language model over sentences of different lengths."""

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


class Model(nn.Module):
    def __init__(self, words=12):
        super().__init__()
        self.embedding, self.gru, self.out = nn.Embedding(words, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, words)

    def forward(self, tokens):
        return self.out(self.gru(self.embedding(tokens))[0])


def collate(sentences):
    return pad_sequence(sentences, batch_first=True)


torch.manual_seed(0)
sentences = [torch.randint(1, 12, (length,)) for length in (4, 6, 7, 3, 5, 7, 8, 4)]
model = Model()
criterion = nn.CrossEntropyLoss()  # <-- the mistake
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for tokens in DataLoader(sentences, batch_size=4, collate_fn=collate):
    logits = model(tokens[:, :-1])
    loss = criterion(logits.reshape(-1, 12), tokens[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
