"""Denoise digits; the noisy images are meant to stay between 0 and 1."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class NoisyDigits(Dataset):
    def __init__(self, size):
        self.images = torch.tensor(load_digits().images[:size] / 16)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        clean = self.images[index].flatten()
        noisy = clean + 0.3 * torch.randn_like(clean)
        noisy.float().clamp_(0, 1)  # <-- the mistake
        return noisy.float(), clean.float()


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 24), nn.ReLU())
        self.decoder = nn.Linear(24, 64)

    def forward(self, x):
        return self.decoder(self.encoder(x))


torch.manual_seed(2)
loader = DataLoader(NoisyDigits(64), batch_size=16, shuffle=True)
model = AutoEncoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _epoch in range(2):
    for noisy, clean in loader:
        optimizer.zero_grad()
        loss = (model(noisy) - clean).square().mean()
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
