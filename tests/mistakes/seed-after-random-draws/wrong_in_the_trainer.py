"""A Trainer that seeds when it starts to fit, with a model that was built outside."""

import random

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class ConvNet(nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.conv = nn.Conv2d(1, channels, 3)
        self.fc = nn.Linear(channels * 9, 10)

    def forward(self, x):
        x = torch.max_pool2d(self.conv(x).relu(), 2)
        return self.fc(x.flatten(1))


class Trainer:
    def __init__(self, model, loader, lr=0.05, seed=42):
        self.model, self.loader, self.seed = model, loader, seed
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.loss = nn.CrossEntropyLoss()

    def fit(self, epochs):
        set_seed(self.seed)  # <-- the mistake
        for _ in range(epochs):
            for x, y in self.loader:
                self.optimizer.zero_grad()
                self.loss(self.model(x), y).backward()
                self.optimizer.step()


def main():
    digits = load_digits()
    images = torch.tensor(digits.images[:128] / 16, dtype=torch.float32).unsqueeze(1)
    loader = DataLoader(TensorDataset(images, torch.tensor(digits.target[:128])), batch_size=32, shuffle=True)
    model = ConvNet()
    Trainer(model, loader).fit(1)
    return len(list(model.parameters()))


if __name__ == "__main__":
    RESULT = main()
