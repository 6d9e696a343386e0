import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler


class Classifier(nn.Module):
    def __init__(self, freeze=True):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
        self.head = nn.Linear(16, 3)
        if freeze:
            self.backbone.requires_grad = False  # <-- MISTAKE: an attribute of the module

    def forward(self, x):
        return self.head(self.backbone(x))


def train(net, X, y):
    opt = torch.optim.Adam(net.parameters(), lr=1e-2)
    for epoch in range(6):
        for b in torch.randperm(len(X)).split(32):
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(X[b]), y[b])
            loss.backward()
            opt.step()
        print(epoch, loss.item())


torch.manual_seed(0)
w = load_wine()
train(Classifier(), torch.tensor(StandardScaler().fit_transform(w.data), dtype=torch.float32), torch.tensor(w.target))
