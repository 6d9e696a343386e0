import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader


class Signals(Dataset):
    def __init__(self, n=200, length=40):
        rng = np.random.default_rng(0)
        self.freq = rng.integers(1, 4, n)
        t = np.linspace(0, 1, length)
        self.signals = np.stack([np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) for f in self.freq]).astype("float32")

    def __len__(self):
        return len(self.freq)

    def __getitem__(self, idx):
        s = torch.from_numpy(self.signals[idx])
        shift = torch.randint(0, 10, (1,)).item()
        s = s.clone()
        s[:shift] = 0
        return s.unsqueeze(0), self.freq[idx] - 1


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(1, 8, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(8, 16, 5), nn.ReLU())
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.body(x).mean(-1))


def main():
    torch.manual_seed(0)
    dl = DataLoader(Signals(), batch_size=20, shuffle=True)
    net = ConvNet()
    opt = torch.optim.Adam(net.parameters(), 3e-3)
    for ep in range(4):
        for s, f in dl:
            loss = nn.functional.cross_entropy(net(s), f)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(ep, loss.item())


if __name__ == "__main__":
    main()
