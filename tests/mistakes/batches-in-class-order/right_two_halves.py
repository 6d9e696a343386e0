"""A detector of tumours; the benign cases were stacked on the malignant ones."""

import argparse

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--seed", type=int, default=4)
    return parser.parse_args([])


def make_loader(args):
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    benign, malignant = x[y == 1][:100], x[y == 0][:100]
    inputs = torch.tensor(np.concatenate([malignant, benign]), dtype=torch.float32)
    targets = torch.cat([torch.ones(100, 1), torch.zeros(100, 1)])
    return DataLoader(TensorDataset(inputs, targets), batch_size=args.batch_size, shuffle=True, num_workers=0)


def main(args):
    torch.manual_seed(args.seed)
    loader = make_loader(args)
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.BCEWithLogitsLoss()
    for _ in range(2):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
    return model.state_dict()


RESULT = main(get_args())
