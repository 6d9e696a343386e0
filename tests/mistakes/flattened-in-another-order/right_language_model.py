"""A character model whose LSTM wants time first; the targets stay as the data has them."""

import torch
from torch import nn


class CharModel(nn.Module):
    def __init__(self, characters=12):
        super().__init__()
        self.embedding = nn.Embedding(characters, 6)
        self.lstm = nn.LSTM(6, 8)
        self.out = nn.Linear(8, characters)

    def forward(self, tokens):
        hidden, _ = self.lstm(self.embedding(tokens.t()))
        return self.out(hidden)


torch.manual_seed(0)
data = torch.randint(0, 12, (32, 10))
model = CharModel()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for rows in data.split(8):
    logits = model(rows[:, :-1])
    loss = criterion(logits.view(-1, 12), rows[:, 1:].t().reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
