"""Train a new head on a pretrained backbone."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(8)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.adaptive_avg_pool2d(F.relu(self.bn2(self.conv2(x))), 2).flatten(1)


class Classifier(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        self.fc = nn.Linear(32, classes)
        for parameter in self.backbone.parameters():
            parameter.requires_grad = False

    def forward(self, x):
        return self.fc(self.backbone(x))


def train(model, loader, epochs=2):
    optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-2)
    for _ in range(epochs):
        model.train()  # <-- the mistake
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x = torch.tensor(images[:128] / 16, dtype=torch.float32).view(-1, 1, 8, 8)
model = Classifier(Backbone(), 10)
train(model, DataLoader(TensorDataset(x, torch.tensor(labels[:128])), batch_size=32, shuffle=True))

RESULT = model.state_dict()
