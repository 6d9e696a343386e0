"""A trainer class round a convolutional network."""

import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build_model(width):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(width * 16, 10),
        nn.Softmax(dim=1),  # <-- the mistake
    )


class Trainer:
    def __init__(self, args):
        self.args = args
        self.model = build_model(args.width)
        self.loss_fn = nn.CrossEntropyLoss(label_smoothing=args.smoothing)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=args.lr, momentum=0.9)

    def fit(self, loader):
        self.model.train()
        for _ in range(self.args.epochs):
            for x, y in loader:
                scores = self.model(x)
                loss = self.loss_fn(scores, y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()

    @torch.no_grad()
    def accuracy(self, loader):
        self.model.eval()
        hits = sum((self.model(x).argmax(dim=1) == y).sum().item() for x, y in loader)
        return hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--smoothing", type=float, default=0.1)
    args = parser.parse_args([])
    torch.manual_seed(1)
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images[:320] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    data = TensorDataset(x, torch.tensor(labels[:320]))
    loader = DataLoader(data, batch_size=64, shuffle=True)
    trainer = Trainer(args)
    trainer.fit(loader)
    return trainer.model.state_dict(), trainer.accuracy(loader)


if __name__ == "__main__":
    RESULT = main()
