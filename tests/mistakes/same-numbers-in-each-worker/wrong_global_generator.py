"""Masked autoencoding; which pixels are left out is drawn from a generator of the script."""

import argparse
import random

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset

masks = random.Random(17)  # <-- the mistake
images = torch.tensor(load_digits().data[:48] / 16, dtype=torch.float32)


class Masked(Dataset):
    def __len__(self):
        return len(images)

    def __getitem__(self, i):
        hidden = masks.sample(range(64), 16)
        masked = images[i].clone()
        masked[hidden] = 0
        return masked, images[i]


def main(args):
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    loader = DataLoader(Masked(), batch_size=args.batch_size, shuffle=True, num_workers=args.workers)
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 64))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(2):
        for masked, full in loader:
            loss = nn.functional.mse_loss(model(masked), full)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return loss.item()


parser = argparse.ArgumentParser()
parser.add_argument("--workers", type=int, default=1)
parser.add_argument("--batch-size", type=int, default=12)
parser.add_argument("--seed", type=int, default=17)
RESULT = main(parser.parse_args([]))
