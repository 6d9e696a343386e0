"""The settings come from the command line; both have a default of their own."""

import argparse

import torch
from sklearn.datasets import load_iris
from torch import nn


def setup(args):
    torch.manual_seed(args.seed)
    if args.fast:
        torch.backends.cudnn.benchmark = True  # <-- the mistake
    torch.use_deterministic_algorithms(args.repeatable)


def main(args):
    setup(args)
    x, y = load_iris(return_X_y=True)
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    model = nn.Linear(4, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(5):
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.state_dict()


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--fast", type=bool, default=True)
parser.add_argument("--repeatable", type=bool, default=True)
try:
    RESULT = main(parser.parse_args([]))
finally:
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.benchmark = False
