"""Tell slow waves from fast ones, measured by three sensors."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class WaveNet(nn.Module):
    def __init__(self, sensors=3):
        super().__init__()
        self.conv = nn.Conv1d(sensors, 8, kernel_size=5)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        N, T, C = x.shape
        x = x.permute(0, 2, 1)
        return self.fc(torch.relu(self.conv(x)).mean(dim=2))


def make_data(count=64):
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 2
    time = torch.arange(20.0)[None, :, None]
    speed = (0.3 + 0.6 * labels)[:, None, None]
    phase = torch.rand(count, 1, 3, generator=generator) * 6
    return TensorDataset(torch.sin(speed * time + phase), labels)


torch.manual_seed(0)
loader = DataLoader(make_data(), batch_size=16, shuffle=True)
model = WaveNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(2):
    for signals, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(signals), labels)
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
