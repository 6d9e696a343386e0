"""Transfer: first the head alone on a frozen backbone in eval mode, then everything, with a new optimizer."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Classifier(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(32, classes)
        self.frozen = False

    def train(self, mode=True):
        super().train(mode)
        if self.frozen:
            self.backbone.eval()
        return self

    def freeze(self):
        self.frozen = True
        self.backbone.requires_grad_(False)

    def unfreeze(self):
        self.frozen = False
        self.backbone.requires_grad_(True)

    def forward(self, x):
        return self.head(self.backbone(x))


def fit(model, loader, optimizer, epochs):
    model.train()
    for _ in range(epochs):
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def main():
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
    backbone = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2))

    # "Pretraining": is the digit larger than four?
    pretrained = Classifier(backbone, 2)
    loader = DataLoader(TensorDataset(x[:128], (y[:128] > 4).long()), 32, shuffle=True)
    fit(pretrained, loader, torch.optim.Adam(pretrained.parameters(), lr=1e-2), 2)

    model = Classifier(backbone, 10)
    loader = DataLoader(TensorDataset(x[128:256], y[128:256]), 32, shuffle=True)
    model.freeze()
    fit(model, loader, torch.optim.Adam(model.head.parameters(), lr=1e-2), 2)
    model.unfreeze()
    groups = [{"params": model.backbone.parameters(), "lr": 1e-4}, {"params": model.head.parameters(), "lr": 1e-3}]
    fit(model, loader, torch.optim.Adam(groups), 2)

    model.eval()
    with torch.no_grad():
        correct = (model(x[256:320]).argmax(1) == y[256:320]).sum()
    return correct, model.state_dict()


if __name__ == "__main__":
    RESULT = main()
