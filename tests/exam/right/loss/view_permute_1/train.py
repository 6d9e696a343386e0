import torch
from torch import nn


class FrameConv(nn.Module):
    """1-d convolution over time of (batch, time, features)."""

    def __init__(self, feats, classes):
        super().__init__()
        self.conv = nn.Conv1d(feats, 16, 3, padding=1)
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        b, t, f = x.shape
        x = x.permute(0, 2, 1)
        x = torch.relu(self.conv(x))
        return self.fc(x.amax(-1))


torch.manual_seed(0)
signals = torch.randn(300, 25, 6)
labels = (signals[:, :, 0].sum(1) > 0).long()
model = FrameConv(6, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(4):
    for idx in torch.randperm(300).split(30):
        loss = nn.functional.cross_entropy(model(signals[idx]), labels[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
