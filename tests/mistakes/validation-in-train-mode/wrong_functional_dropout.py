"""Dropout that asks for self.training, as in the MNIST example; the test forgets to say what it is."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.dropout(F.relu(self.fc1(x)), p=0.5, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


def train(model, loader, optimizer):
    model.train()
    for data, target in loader:
        optimizer.zero_grad()
        F.nll_loss(model(data), target).backward()
        optimizer.step()


def test(model, loader):
    test_loss, correct = 0, 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)  # <-- the mistake
            test_loss += F.nll_loss(output, target, reduction="sum").item()
            correct += output.argmax(1, keepdim=True).eq(target.view(-1, 1)).sum().item()
    return test_loss / len(loader.dataset), correct


def main():
    torch.manual_seed(1)
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
    train_loader = DataLoader(TensorDataset(x[:160], y[:160]), batch_size=32, shuffle=True)
    test_loader = DataLoader(TensorDataset(x[160:240], y[160:240]), batch_size=40)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    results = []
    for _ in range(2):
        train(model, train_loader, optimizer)
        results.append(test(model, test_loader))
    return results


if __name__ == "__main__":
    RESULT = main()
