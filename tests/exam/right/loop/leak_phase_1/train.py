import torch
import torch.nn as nn
from sklearn.datasets import load_digits


class Generator(nn.Module):
    def __init__(self, z=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(z, 64), nn.ReLU(), nn.Linear(64, 64), nn.Tanh())

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))

    def forward(self, x):
        return self.net(x)


def main():
    torch.manual_seed(0)
    data = torch.tensor(load_digits().data / 8 - 1, dtype=torch.float32)
    G, D = Generator(), Discriminator()
    optG = torch.optim.Adam(G.parameters(), lr=2e-4)
    optD = torch.optim.Adam(D.parameters(), lr=2e-4)
    lossf = nn.BCEWithLogitsLoss()
    for it, idx in enumerate(torch.randperm(len(data)).split(64)):
        real = data[idx]
        n = len(real)
        # generator
        optG.zero_grad()
        g_loss = lossf(D(G(torch.randn(n, 16))), torch.ones(n, 1))
        g_loss.backward()
        optG.step()
        # discriminator
        optD.zero_grad()
        d_loss = lossf(D(real), torch.ones(n, 1)) + lossf(D(G(torch.randn(n, 16)).detach()), torch.zeros(n, 1))
        d_loss.backward()
        optD.step()
    print(d_loss.item(), g_loss.item())


main()
