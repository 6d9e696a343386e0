"""Noise is added to digits while they are loaded, from a generator that the data set was given."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset, get_worker_info


class NoisyDigits(Dataset):
    def __init__(self, count, noise=0.1, seed=0):
        digits = load_digits()
        self.images = digits.data[:count].astype("float32") / 16
        self.labels = digits.target[:count]
        self.noise = noise
        self.rng = None

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        if self.rng is None:
            self.rng = np.random.default_rng(get_worker_info().seed)
        noise = self.rng.normal(0, self.noise, size=self.images[i].shape).astype("float32")
        return self.images[i] + noise, self.labels[i]


def main():
    torch.manual_seed(0)
    loader = DataLoader(NoisyDigits(64), batch_size=8, shuffle=True, num_workers=2)
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for images, labels in loader:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.state_dict()


if __name__ == "__main__":
    RESULT = main()
