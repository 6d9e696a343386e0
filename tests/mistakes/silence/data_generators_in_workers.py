"""Generators in workers as they should be: seeded by the sample, one order for all workers, torch's own; and fixed noise
in the validation."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

images = load_digits().data[:80].astype("float32") / 16
labels = load_digits().target[:80]


class SeededBySample(Dataset):
    def __init__(self):
        self.generator = torch.Generator()

    def __len__(self):
        return 48

    def __getitem__(self, i):
        self.generator.manual_seed(i)
        noise = torch.randn(64, generator=self.generator) * 0.1
        return torch.from_numpy(images[i]) + noise + 0.01 * torch.randn(64), labels[i]


class Shards(IterableDataset):
    """All workers draw the same order, and each takes its part of it."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __iter__(self):
        worker = get_worker_info()
        order = self.rng.permutation(48)
        for i in order[worker.id :: worker.num_workers]:
            yield torch.from_numpy(images[i]), labels[i]


class Validation(Dataset):
    def __init__(self):
        self.rng = np.random.RandomState(0)

    def __len__(self):
        return 32

    def __getitem__(self, i):
        return torch.from_numpy(images[48 + i] + self.rng.normal(0, 0.1, 64).astype("float32")), labels[48 + i]


torch.manual_seed(0)
model = nn.Linear(64, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for data in (SeededBySample(), Shards()):
    for x, y in DataLoader(data, batch_size=8, num_workers=2):
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    correct = sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(Validation(), 8, num_workers=2))

RESULT = [correct, model.state_dict()]
