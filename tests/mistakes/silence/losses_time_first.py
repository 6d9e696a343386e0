"""Recurrences whose first axis is time, as it should be, fed in several ways."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(0)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 6, padding_idx=0)
        self.gru = nn.GRU(6, 8, bidirectional=True)
        self.attention = nn.MultiheadAttention(16, 2)
        self.head = nn.Linear(32, 2)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embedding(tokens), lengths, enforce_sorted=False)
        states, last = self.gru(packed)
        states, _ = pad_packed_sequence(states)
        attended, _ = self.attention(states, states, states)
        last = last.transpose(0, 1).reshape(tokens.shape[1], -1)
        return self.head(torch.cat([last, attended.mean(0)], dim=1))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.lstm, self.tag = nn.Embedding(10, 6), nn.LSTM(6, 6), nn.Linear(6, 3)

    def forward(self, sentence):
        out, _ = self.lstm(self.embedding(sentence).view(len(sentence), 1, -1))
        return F.log_softmax(self.tag(out.view(len(sentence), -1)), dim=1)


class Stateful(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.embedding, self.lstm, self.out = nn.Embedding(10, 6), nn.LSTM(6, hidden, 2), nn.Linear(hidden, 10)

    def forward(self, tokens, state):
        output, state = self.lstm(self.embedding(tokens), state)
        return self.out(output).view(-1, 10), tuple(part.detach() for part in state)


def collate(samples):
    sequences, labels = zip(*samples, strict=True)
    return pad_sequence(sequences), torch.tensor([len(s) for s in sequences]), torch.tensor(labels)


def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


samples = [(torch.randint(1, 10, (int(n),)), int(n) % 2) for n in torch.randint(3, 9, (24,))]
classifier = Classifier()
optimizer = torch.optim.Adam(classifier.parameters(), lr=0.01)
for tokens, lengths, labels in DataLoader(samples, batch_size=8, collate_fn=collate):
    step(optimizer, F.cross_entropy(classifier(tokens, lengths), labels))

tagger = Tagger()
optimizer = torch.optim.SGD(tagger.parameters(), lr=0.1)
for sentence, _ in samples[:4]:
    step(optimizer, F.nll_loss(tagger(sentence), sentence % 3))

# Truncated backpropagation: a loader over time whose "samples" are steps of eight texts at once.
text = torch.randint(0, 10, (61, 8))
stateful = Stateful()
optimizer = torch.optim.Adam(stateful.parameters(), lr=0.01)
state = (torch.zeros(2, 8, 8), torch.zeros(2, 8, 8))
for rows in DataLoader(torch.arange(60), batch_size=12):
    logits, state = stateful(text[rows], state)
    step(optimizer, F.cross_entropy(logits, text[rows + 1].view(-1)))

RESULT = classifier.state_dict(), tagger.state_dict(), stateful.state_dict()
