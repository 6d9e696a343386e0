import argparse
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--accumulation-steps", type=int, default=4)
    p.add_argument("--epochs", type=int, default=3)
    return p.parse_args()


def main():
    args = parse()
    torch.manual_seed(0)
    d = load_digits()
    ds = TensorDataset(torch.tensor(d.data / 16.0).float(), torch.tensor(d.target))
    loader = DataLoader(ds, batch_size=32, shuffle=True, drop_last=True)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        optimizer.zero_grad()
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            loss.backward()  # <-- MISTAKE: not divided by accumulation_steps
            if (i + 1) % args.accumulation_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
