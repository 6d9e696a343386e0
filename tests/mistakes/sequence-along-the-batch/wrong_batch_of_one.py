"""Online learning, one series at a time."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Series(nn.Module):
    def __init__(self, hidden=6):
        super().__init__()
        self.rnn = nn.GRU(2, hidden)  # <-- the mistake
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.fc(states[:, -1])


torch.manual_seed(0)
x = torch.randn(10, 8, 2)
model = Series()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for series, target in DataLoader(TensorDataset(x, x[:, :, 0].sum(1, keepdim=True)), batch_size=1):
    loss = nn.functional.mse_loss(model(series), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
