"""Metric learning on digits: an embedding network, and a center for each class that the loss learns."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class CenterLoss(nn.Module):
    def __init__(self, classes, dim):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(classes, dim))

    def forward(self, embeddings, labels):
        return (embeddings - self.centers[labels]).pow(2).sum(1).mean()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))
        self.classifier = nn.Linear(8, 10)

    def forward(self, x):
        z = self.body(x)
        return z, self.classifier(z)


def main():
    torch.manual_seed(0)
    images, labels = load_digits(return_X_y=True)
    data = TensorDataset(torch.tensor(images[:192] / 16, dtype=torch.float32), torch.tensor(labels[:192]))
    loader = DataLoader(data, batch_size=64, shuffle=True)
    model, center_loss, cross_entropy = Net(), CenterLoss(10, 8), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)  # <-- the mistake
    for epoch in range(2):
        for x, y in loader:
            z, logits = model(x)
            loss = cross_entropy(logits, y) + 0.01 * center_loss(z, y)
            optimizer.zero_grad()
            center_loss.zero_grad()
            loss.backward()
            optimizer.step()
    return model.state_dict()


RESULT = main()
