"""The order of PyTorch 1.0: the scheduler first."""

import warnings

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.images[:128] / 16, dtype=torch.float32).unsqueeze(1)
loader = DataLoader(TensorDataset(x, torch.tensor(digits.target[:128])), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[2, 3], gamma=0.5)

for epoch in range(4):
    scheduler.step()  # <-- the mistake
    for images, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
