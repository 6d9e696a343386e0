"""Train a small convolutional network on digits, with one function for an epoch and one for the accuracy."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear(8 * 3 * 3, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.fc(x.flatten(1))


def train(model, loader, optimizer, epoch):
    model.train()
    for data, target in loader:
        optimizer.zero_grad()
        output = model(data)
        loss = F.cross_entropy(output, target)
        loss.backward()
        optimizer.step()


def test(model, loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for data, target in loader:
            correct += (model(data).argmax(dim=1) == target).sum().item()
    return correct / len(loader.dataset)


def main():
    torch.manual_seed(1)
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images / 16, dtype=torch.float32).view(-1, 1, 8, 8)
    y = torch.tensor(labels)
    train_loader = DataLoader(TensorDataset(x[:256], y[:256]), batch_size=64, shuffle=True)
    test_loader = DataLoader(TensorDataset(x[256:512], y[256:512]), batch_size=128)
    model = Net()
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    accuracies = []
    for epoch in range(2):
        train(model, train_loader, optimizer, epoch)
        accuracies.append(test(model, test_loader))
    return model.state_dict(), accuracies


RESULT = main()
