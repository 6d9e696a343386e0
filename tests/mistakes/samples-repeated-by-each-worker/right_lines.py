"""Streams rows, as from a file, into a regression."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __init__(self):
        features, target = load_diabetes(return_X_y=True)
        self.rows = list(zip(features[:96].astype("float32"), ((target[:96] - 152) / 77).astype("float32")))

    def __iter__(self):
        worker = get_worker_info()
        for x, y in self.rows[worker.id :: worker.num_workers]:
            yield x, y


torch.manual_seed(0)
loader = DataLoader(Stream(), batch_size=12, num_workers=2)
model = nn.Linear(10, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
count = 0
for x, y in loader:
    loss = nn.functional.mse_loss(model(x).squeeze(1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    count += len(x)

RESULT = [count, model.state_dict()]
