"""A recurrence over words and one over sentences; as many words in a sentence as documents in a batch."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.words, self.sentences = nn.GRU(6, 8, batch_first=True), nn.GRU(8, 8, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, documents):
        B, S, W = documents.shape
        _, sentence = self.words(self.embedding(documents).view(B * S, W, -1))
        _, document = self.sentences(sentence[-1].view(B, S, -1))
        return self.head(document[-1])


torch.manual_seed(0)
documents = torch.randint(0, 20, (24, 5, 8))
loader = DataLoader(TensorDataset(documents, (documents[:, 0, 0] > 9).long()), batch_size=8)
model, criterion = Reader(), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for batch, labels in loader:
    loss = criterion(model(batch), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
