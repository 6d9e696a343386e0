"""Train and validate a small network on digits."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256]))
train_loader = DataLoader(data, batch_size=64, shuffle=True)
valid_loader = DataLoader(data, batch_size=64)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()


def validate():
    model.eval()  # <-- the mistake
    with torch.no_grad():
        return sum((model(x).argmax(1) == y).sum().item() for x, y in valid_loader) / len(data)


for _epoch in range(2):
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
    validate()

RESULT = model.state_dict()
