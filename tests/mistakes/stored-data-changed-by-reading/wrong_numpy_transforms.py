"""Augmented training on digits with transforms that work on NumPy arrays."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Cutout:
    def __init__(self, size, rng):
        self.size, self.rng = size, rng

    def __call__(self, image):
        row, column = self.rng.integers(0, image.shape[0] - self.size, 2)
        image[row : row + self.size, column : column + self.size] = 0  # <-- the mistake
        return image


class ToTensor:
    def __call__(self, image):
        return torch.from_numpy(image).unsqueeze(0)


class Images(Dataset):
    def __init__(self, images, labels, transforms):
        self.samples = [(image, int(label)) for image, label in zip(images, labels, strict=True)]
        self.transforms = transforms

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        image, label = self.samples[index]
        for transform in self.transforms:
            image = transform(image)
        return image, label


torch.manual_seed(0)
digits = load_digits()
images = (digits.images[:128] / 16).astype(np.float32)
data = Images(images, digits.target[:128], [Cutout(3, np.random.default_rng(0)), ToTensor()])
loader = DataLoader(data, batch_size=32, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _epoch in range(4):
    for inputs, targets in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()

RESULT = model.state_dict()
