"""A variational autoencoder: reconstruction and divergence, summed over the batch; tests with a sample of its own."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, random_split


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc21 = nn.Linear(32, 4)
        self.fc22 = nn.Linear(32, 4)
        self.fc3 = nn.Linear(4, 32)
        self.fc4 = nn.Linear(32, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 64))
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    bce = F.binary_cross_entropy(recon_x, x.view(-1, 64), reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


def train(model, loader, optimizer):
    model.train()
    train_loss = 0
    for data in loader:
        optimizer.zero_grad()
        recon, mu, logvar = model(data)
        loss = loss_function(recon, data, mu, logvar)
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    return train_loss / len(loader.dataset)


def test(model, loader):
    model.eval()
    test_loss = 0
    with torch.no_grad():
        for data in loader:
            recon, mu, logvar = model(data)
            test_loss += loss_function(recon, data, mu, logvar).item()
    return test_loss / len(loader.dataset)


def main():
    torch.manual_seed(1)
    images = torch.tensor(load_digits().images[:160] / 16, dtype=torch.float32).unsqueeze(1)
    train_set, test_set = random_split(images, [128, 32])
    train_loader, test_loader = DataLoader(train_set, 32, shuffle=True), DataLoader(test_set, 32)
    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    history = [(train(model, train_loader, optimizer), test(model, test_loader)) for _ in range(2)]
    with torch.no_grad():
        return history, model.decode(torch.randn(4, 4))


if __name__ == "__main__":
    RESULT = main()
