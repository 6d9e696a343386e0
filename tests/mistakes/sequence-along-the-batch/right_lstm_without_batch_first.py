"""Predict the next value of a noisy sine."""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    def __init__(self, series, length=10):
        self.series, self.length = series, length

    def __len__(self):
        return len(self.series) - self.length

    def __getitem__(self, i):
        window = self.series[i : i + self.length + 1]
        return window[:-1].unsqueeze(-1), window[-1:]


class Forecaster(nn.Module):
    def __init__(self, hidden_size=8):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_size, num_layers=1, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1, :])


torch.manual_seed(0)
series = torch.sin(torch.arange(0, 12, 0.1)) + 0.05 * torch.randn(120)
loader = DataLoader(Windows(series), batch_size=16, shuffle=True)
model = Forecaster()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(2):
    for windows, following in loader:
        optimizer.zero_grad()
        loss = criterion(model(windows), following)
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
