"""Each validation restores train mode, as it should; the final test relies on it and is wrong."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class BagOfWords(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(30, 16)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(16, 2)

    def forward(self, tokens):
        return self.out(self.drop(self.bag(tokens)))


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters())

    def fit(self, train, valid, epochs):
        self.model.train()
        for _ in range(epochs):
            for tokens, labels in train:
                self.optimizer.zero_grad()
                F.cross_entropy(self.model(tokens), labels).backward()
                self.optimizer.step()
            self.validate(valid)

    def validate(self, loader):
        self.model.eval()
        with torch.no_grad():
            loss = sum(F.cross_entropy(self.model(tokens), labels).item() for tokens, labels in loader)
        self.model.train()
        return loss

    def test(self, loader):
        self.model.eval()
        correct = 0
        with torch.no_grad():
            for tokens, labels in loader:
                correct += (self.model(tokens).argmax(1) == labels).sum().item()
        return correct


def make_loader(count, seed):
    tokens = torch.randint(0, 30, (count, 7), generator=torch.Generator().manual_seed(seed))
    return DataLoader(TensorDataset(tokens, (tokens.float().mean(1) > 15).long()), batch_size=8)


torch.manual_seed(0)
trainer = Trainer(BagOfWords())
trainer.fit(make_loader(64, 0), make_loader(48, 1), epochs=2)

RESULT = trainer.test(make_loader(48, 2))
