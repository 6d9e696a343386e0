"""Sequences of unequal lengths, padded by a collate function."""

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


def collate(samples):
    sequences, labels = zip(*samples, strict=True)
    lengths = torch.tensor([len(each) for each in sequences])
    return pad_sequence(sequences, batch_first=True), lengths, torch.stack(labels)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.project, self.gru, self.out = nn.Linear(3, 8), nn.GRU(8, 12, batch_first=True), nn.Linear(12, 2)

    def forward(self, x, lengths):
        states, _ = self.gru(torch.relu(self.project(x)))
        last = states[torch.arange(len(x)), lengths - 1]
        return self.out(last)


torch.manual_seed(0)
sequences = [torch.randn(length, 3) for length in torch.randint(2, 9, (48,)).tolist()]
data = [(each, (each[:, 0].sum() > 0).long()) for each in sequences]
model, criterion = Classifier(), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for x, lengths, y in DataLoader(data, batch_size=12, shuffle=True, collate_fn=collate):
    loss = criterion(model(x, lengths), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
