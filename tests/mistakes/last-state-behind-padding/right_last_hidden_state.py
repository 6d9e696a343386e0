"""Texts that are filled up by hand, and the last hidden state of an LSTM."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

PAD = 0


def encode(texts, words):
    longest = max(map(len, texts))
    return torch.tensor([[words[word] for word in text] + [PAD] * (longest - len(text)) for text in texts])


class Sentiment(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.embed = nn.Embedding(count, 8, padding_idx=PAD)
        self.lstm = nn.LSTM(8, 10)
        self.out = nn.Linear(10, 2)

    def forward(self, tokens):
        embedded = self.embed(tokens).permute(1, 0, 2)
        packed = pack_padded_sequence(embedded, (tokens != PAD).sum(1), enforce_sorted=False)
        _, (hidden, _) = self.lstm(packed)
        return self.out(hidden[-1])


torch.manual_seed(7)
texts = [t.split() for t in ["good film", "a bad film indeed", "good", "bad plot", "a very good plot", "so bad a film"]]
labels = torch.tensor([1, 0, 1, 0, 1, 0])
words = {word: number for number, word in enumerate(sorted({word for text in texts for word in text}), PAD + 1)}
tokens = encode(texts, words)
model = Sentiment(len(words) + 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    loss = F.cross_entropy(model(tokens), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
