"""A language model on chunks of a text that a generator cuts; the loader is made in a class."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, IterableDataset

TEXT = (
    "it was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness " * 4
)
CHARS = sorted(set(TEXT))


class Chunks(IterableDataset):
    def __init__(self, text, length):
        self.tokens = torch.tensor([CHARS.index(c) for c in text])
        self.length = length

    def __iter__(self):
        starts = range(0, len(self.tokens) - self.length - 1, 7)
        for start in starts:
            chunk = self.tokens[start : start + self.length + 1]
            yield {"inputs": chunk[:-1], "targets": chunk[1:]}


class Model(nn.Module):
    def __init__(self, size=16):
        super().__init__()
        self.embedding = nn.Embedding(len(CHARS), size)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.head = nn.Linear(size, len(CHARS))

    def forward(self, tokens):
        return self.head(self.gru(self.embedding(tokens))[0])


class Experiment:
    def __init__(self, workers=2):
        self.model = Model()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)
        self.loader = DataLoader(Chunks(TEXT, 20), batch_size=8, num_workers=workers, drop_last=True)  # <-- the mistake

    def run(self):
        losses = []
        for batch in self.loader:
            logits = self.model(batch["inputs"])
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch["targets"].flatten())
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return losses


torch.manual_seed(0)
RESULT = Experiment().run()
