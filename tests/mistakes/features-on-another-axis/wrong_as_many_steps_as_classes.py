"""Sort digits: ten positions, ten classes."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Sorter(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.embedding = nn.Embedding(10, width)
        self.encoder = nn.TransformerEncoderLayer(width, 2, 24, dropout=0.0, batch_first=True)
        self.head = nn.Linear(width, 10)

    def forward(self, digits):
        return self.head(self.encoder(self.embedding(digits)))


def main():
    torch.manual_seed(0)
    digits = torch.randint(0, 10, (32, 10))
    loader = DataLoader(TensorDataset(digits, digits.sort(dim=1).values), batch_size=8)
    model, criterion = Sorter(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for x, y in loader:
        output = model(x)
        loss = criterion(output, y)  # <-- the mistake
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.state_dict()


RESULT = main()
