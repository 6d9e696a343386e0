"""A denoising autoencoder; the helper that seeds everything is called where an epoch begins."""

import os
import random

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn


def seed_everything(seed):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class Trainer:
    def __init__(self, model, images, seed=7):
        self.model, self.images, self.seed = model, images, seed
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        self.losses = []

    def train_epoch(self):
        for index in torch.randperm(len(self.images)).split(50):
            clean = self.images[index]
            noisy = clean + 0.3 * torch.randn_like(clean)
            loss = nn.functional.mse_loss(self.model(noisy), clean)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.losses.append(loss.item())

    def fit(self, epochs):
        for _ in range(epochs):
            seed_everything(self.seed)  # <-- the mistake
            self.train_epoch()


def main():
    seed_everything(7)
    images = torch.tensor(load_digits().data[:150] / 16, dtype=torch.float32)
    model = nn.Sequential(nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 64))
    trainer = Trainer(model, images)
    trainer.fit(2)
    return trainer.losses, model.state_dict()


if __name__ == "__main__":
    RESULT = main()
