import torch
from torch import nn
from sklearn.datasets import load_digits


class FeatureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 48)
        self.b = nn.Linear(48, 24)

    def forward(self, x):
        return torch.relu(self.b(torch.relu(self.a(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = FeatureNet()
        self.classifier = nn.Linear(24, 10)

    def forward(self, x):
        return self.classifier(self.features(x))


torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
model = Model()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(3):
    for b in torch.randperm(len(X)).split(64):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(X[b]), y[b])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
