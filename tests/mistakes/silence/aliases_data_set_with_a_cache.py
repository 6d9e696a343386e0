"""A data set that fills its cache at the first look, counts the looks, and augments copies in place."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Cached(Dataset):
    def __init__(self, raw, labels):
        self.raw, self.labels = raw, labels
        self.cache = torch.zeros(len(raw), 8)
        self.is_cached = np.zeros(len(raw), dtype=bool)
        self.looks = torch.zeros(len(raw), dtype=torch.long)
        self.scratch = np.zeros(8, dtype=np.float32)

    def __len__(self):
        return len(self.raw)

    def __getitem__(self, index):
        if not self.is_cached[index]:
            self.cache[index] = torch.from_numpy(self.raw[index]).tanh()
            self.is_cached[index] = True
        self.looks[index] += 1
        self.scratch[:] = self.cache[index].numpy()
        self.scratch *= 1.1
        sample = torch.from_numpy(self.scratch).clone()
        sample.add_(0.1 * torch.randn(8))
        return sample, self.labels[index]


torch.manual_seed(0)
rng = np.random.default_rng(0)
data = Cached(rng.standard_normal((48, 8)).astype(np.float32), torch.randint(3, (48,)))
loader = DataLoader(data, batch_size=16, shuffle=True)
model = nn.Linear(8, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _epoch in range(3):
    for inputs, targets in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()

RESULT = model.state_dict(), data.looks
