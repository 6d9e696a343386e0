"""Fit an LSTM to noisy sine waves and return the weights of the best epoch, kept on the CPU to spare the GPU."""

import argparse

import torch
from torch import nn


class Forecaster(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def make_waves(count, length):
    phase = torch.rand(count, 1) * 6.28
    waves = torch.sin(phase + torch.arange(length + 1) * 0.4) + 0.1 * torch.randn(count, length + 1)
    return waves[:, :-1, None], waves[:, -1:]


def fit(model, data, args):
    x, y = data
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    best, lowest = None, float("inf")
    for epoch in range(args.epochs):
        for begin in range(0, args.train, args.batch_size):
            rows = slice(begin, begin + args.batch_size)
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            valid = nn.functional.mse_loss(model(x[args.train :]), y[args.train :]).item()
        if epoch == 0 or valid < 0.5 * lowest:
            lowest = valid
            best = {k: v.cpu().clone() for k, v in model.state_dict().items()}
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--train", type=int, default=96)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=8)
    parser.add_argument("--lr", type=float, default=0.01)
    args = parser.parse_args([])
    torch.manual_seed(2)
    data = make_waves(128, 12)
    best = fit(Forecaster(args.hidden), data, args)
    model = Forecaster(args.hidden)
    model.load_state_dict(best)
    model.eval()
    with torch.no_grad():
        return model(data[0])


if __name__ == "__main__":
    RESULT = main()
