"""Padding that does not count: by its index, by a mask, by weights of zero, by -100."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


def collate(sentences):
    return pad_sequence(sentences, batch_first=True), pad_sequence(sentences, batch_first=True, padding_value=-100)


torch.manual_seed(0)
sentences = [torch.randint(1, 12, (length,)) for length in (4, 6, 7, 3, 5, 7, 8, 4)]
embedding, gru, out = nn.Embedding(12, 6, padding_idx=0), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 12)
optimizer = torch.optim.Adam([*embedding.parameters(), *gru.parameters(), *out.parameters()], lr=1e-2)
weight = torch.ones(12).index_fill(0, torch.tensor(0), 0.0)
for tokens, labels in DataLoader(sentences, batch_size=4, collate_fn=collate):
    scores, targets = out(gru(embedding(tokens[:, :-1]))[0]), tokens[:, 1:]
    mask = targets != 0
    loss = F.cross_entropy(scores.transpose(1, 2), labels[:, 1:]) + F.cross_entropy(scores[mask], targets[mask])
    each = F.cross_entropy(scores.transpose(1, 2), targets, reduction="none")
    loss = loss + (each * mask).sum() / mask.sum()
    loss = loss + F.cross_entropy(scores.reshape(-1, 12), targets.reshape(-1), ignore_index=0)
    loss = loss + F.cross_entropy(scores.reshape(-1, 12), targets.reshape(-1), weight=weight)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = out.state_dict()
