"""One of two processes of a distributed training; the sampler gives each its share."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
train_set = TensorDataset(torch.tensor(x[:192] / 16, dtype=torch.float32), torch.tensor(y[:192]))
sampler = DistributedSampler(train_set, num_replicas=2, rank=0, shuffle=True)
loader = DataLoader(train_set, batch_size=24, sampler=sampler)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(3):
    for images, labels in loader:  # <-- the mistake
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
