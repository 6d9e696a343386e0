"""Train a small network on wine data; the whole script in one function, as argparse scripts often are."""

import argparse

import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def main(argv=None):
    parser = argparse.ArgumentParser(description="wine")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=60)
    parser.add_argument("--lr", type=float, default=0.01)
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    features, labels = load_wine(return_X_y=True)
    x = torch.tensor((features - features.mean(0)) / features.std(0), dtype=torch.float32)
    loader = DataLoader(TensorDataset(x, torch.tensor(labels)), batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()

    for _epoch in range(args.epochs):
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
    return model.state_dict()


if __name__ == "__main__":
    RESULT = main([])
