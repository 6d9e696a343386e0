"""A regression in a Trainer; the arrays are cut by hand, with one number wrong."""

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __init__(self, features, target):
        self.features = torch.from_numpy(features.copy()).float()
        self.target = torch.from_numpy(target.copy()).float()

    def __len__(self):
        return len(self.features)

    def __getitem__(self, i):
        return self.features[i], self.target[i]


class Trainer:
    def __init__(self, train, valid, lr=1e-2):
        self.train_loader = DataLoader(train, batch_size=70, shuffle=True)
        self.valid_loader = DataLoader(valid, batch_size=50)
        self.model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)

    def epoch(self):
        self.model.train()
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            nn.functional.mse_loss(self.model(x).squeeze(1), y).backward()
            self.optimizer.step()

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        total = sum(nn.functional.mse_loss(self.model(x).squeeze(1), y, reduction="sum") for x, y in self.valid_loader)
        return (total / len(self.valid_loader.dataset)).item()


def main():
    torch.manual_seed(0)
    features, target = load_diabetes(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(features))
    features, target = features[order] * 20, (target[order] - 152) / 77
    train, valid = Rows(features[:300], target[:300]), Rows(features[300:], target[300:])
    trainer = Trainer(train, valid)
    history = []
    for _ in range(2):
        trainer.epoch()
        history.append(trainer.validate())
    return history


if __name__ == "__main__":
    RESULT = main()
