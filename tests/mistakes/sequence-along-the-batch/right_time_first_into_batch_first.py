"""A recurrence that wants samples first, and gets time first."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Activity(nn.Module):
    def __init__(self, sensors=3, hidden=8):
        super().__init__()
        self.lstm = nn.LSTM(sensors, hidden)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, x):
        out, _ = self.lstm(x.permute(1, 0, 2))
        return self.fc(out[-1])


torch.manual_seed(0)
x = torch.randn(48, 7, 3)
loader = DataLoader(TensorDataset(x, (x[:, -1, 0] > 0).long()), batch_size=8, shuffle=True)
model = Activity()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for inputs, labels in loader:
    loss = criterion(model(inputs), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
