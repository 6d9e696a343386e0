"""A text classifier in a class that can freeze its embeddings."""

import torch
from torch import nn


class TextClassifier(nn.Module):
    def __init__(self, vocab=60, dim=8, classes=3, freeze=True):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, 12, batch_first=True)
        self.classifier = nn.Linear(12, classes)
        if freeze:
            self.freeze_embedding()

    def freeze_embedding(self):
        for parameter in self.embedding.parameters():
            parameter.requires_grad = False

    def forward(self, tokens):
        _, h = self.gru(self.embedding(tokens))
        return self.classifier(h[-1])


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def train(self, tokens, labels):
        self.model.train()
        for batch in torch.randperm(len(tokens)).split(16):
            loss = nn.functional.cross_entropy(self.model(tokens[batch]), labels[batch])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
tokens = torch.randint(0, 60, (64, 6))
model = TextClassifier()
Trainer(model).train(tokens, tokens.sum(1) % 3)

RESULT = model.state_dict()
