"""A variational model whose validation samples; the seed that makes it comparable reaches into the training."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seed", type=int, default=0)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(64, 8)
        self.decoder = nn.Linear(4, 64)

    def forward(self, x):
        mean, logvar = self.encoder(x).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
        return self.decoder(z), mean, logvar


def elbo(model, x):
    out, mean, logvar = model(x)
    kl = -0.5 * (1 + logvar - mean.pow(2) - logvar.exp()).sum(1).mean()
    return F.binary_cross_entropy_with_logits(out, x, reduction="sum") / len(x) + kl


def evaluate(model, x, seed):
    model.eval()
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(seed)
        return elbo(model, x).item()


def main(args):
    torch.manual_seed(args.seed)
    x = torch.tensor(load_digits().data[:192] / 16, dtype=torch.float32)
    loader = DataLoader(x[:128], batch_size=32, shuffle=True)
    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    history = []
    for _ in range(args.epochs):
        model.train()
        for batch in loader:
            optimizer.zero_grad()
            loss = elbo(model, batch)
            loss.backward()
            optimizer.step()
        history.append(evaluate(model, x[128:], args.seed))
    return history, model.state_dict()


RESULT = main(parser.parse_args([]))
