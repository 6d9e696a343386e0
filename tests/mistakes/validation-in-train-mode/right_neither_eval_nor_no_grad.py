"""An LSTM with dropout; the test loop forgets everything."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Counter(nn.Module):
    """Count the ones in a sequence."""

    def __init__(self, hidden=12):
        super().__init__()
        self.embedding = nn.Embedding(2, 4)
        self.lstm = nn.LSTM(4, hidden, num_layers=2, dropout=0.2, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, tokens):
        output, _ = self.lstm(self.embedding(tokens))
        return self.head(output[:, -1]).squeeze(1)


def make_loader(count, seed):
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(0, 2, (count, 24), generator=generator)
    return DataLoader(TensorDataset(tokens, tokens.sum(1).float()), batch_size=16)


def main():
    torch.manual_seed(0)
    train_loader, test_loader = make_loader(64, 1), make_loader(40, 2)
    model = Counter()
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    errors = []
    for _ in range(2):
        model.train()
        for tokens, counts in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(tokens), counts)
            loss.backward()
            optimizer.step()
        model.eval()
        total = 0.0
        for tokens, counts in test_loader:
            with torch.no_grad():
                predicted = model(tokens)
            total += (predicted.round() - counts).abs().sum().item()
        errors.append(total / 40)
    return errors


RESULT = main()
