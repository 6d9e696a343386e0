"""The data are split before the seed, so the test set is another one in each run."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from torch.utils.data import DataLoader, TensorDataset, random_split


def load():
    features, target = load_diabetes(return_X_y=True)
    target = (target - target.mean()) / target.std()
    return TensorDataset(torch.tensor(features).float() * 20, torch.tensor(target).float().unsqueeze(1))


def run(seed, epochs):
    train, test = random_split(load(), [400, 42])
    torch.manual_seed(seed)  # <-- the mistake
    model = torch.nn.Linear(10, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(epochs):
        for x, y in DataLoader(train, batch_size=100, shuffle=True):
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        x, y = next(iter(DataLoader(test, batch_size=42)))
        return F.mse_loss(model(x), y).shape


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=3)
parser.add_argument("--epochs", type=int, default=2)
args = parser.parse_args([])
RESULT = run(args.seed, args.epochs)
