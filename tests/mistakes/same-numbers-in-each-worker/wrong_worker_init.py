"""Random crops by NumPy, and a worker_init_fn that was meant to make them repeatable."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


def random_crop(image, size=6):
    top, left = np.random.randint(0, 9 - size, 2)
    return image[:, top : top + size, left : left + size]


class Crops(Dataset):
    def __init__(self, transform):
        digits = load_digits()
        self.images = torch.tensor(digits.images[:64] / 16, dtype=torch.float32).unsqueeze(1)
        self.labels = torch.tensor(digits.target[:64])
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(self.images[index]), self.labels[index]


def seed_worker(worker_id):
    np.random.seed(1234)  # <-- the mistake


torch.manual_seed(0)
loader = DataLoader(Crops(random_crop), 16, shuffle=True, num_workers=2, worker_init_fn=seed_worker)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
losses = []
for images, labels in loader:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

RESULT = losses
