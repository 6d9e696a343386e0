"""A convolutional network with batch norm, trained and validated."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.25)
        self.fc = nn.Linear(8 * 16, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn(self.conv(x))), 2)
        return self.fc(self.drop(torch.flatten(x, 1)))


def train_one_epoch(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()


def evaluate(model, loader):
    model.eval()
    correct, total_loss = 0, 0.0
    with torch.no_grad():
        for images, labels in loader:
            outputs = model(images)
            total_loss += F.cross_entropy(outputs, labels).item()
            correct += (outputs.argmax(dim=1) == labels).sum().item()
    return total_loss / len(loader), correct / len(loader.dataset)


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x = torch.tensor(images[:384] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
y = torch.tensor(labels[:384])
train_loader = DataLoader(TensorDataset(x[:256], y[:256]), batch_size=64, shuffle=True)
val_loader = DataLoader(TensorDataset(x[256:], y[256:]), batch_size=64)
model = ConvNet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
history = []
for epoch in range(2):
    train_one_epoch(model, train_loader, optimizer)
    history.append(evaluate(model, val_loader))

RESULT = history
