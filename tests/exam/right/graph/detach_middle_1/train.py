import torch, torch.nn as nn
from sklearn.datasets import load_digits


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten())

    def forward(self, x):
        return self.net(x)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.head = nn.Linear(8 * 16, 10)

    def forward(self, x):
        feats = self.encoder(x)
        feats = feats * 1.0
        return self.head(feats)


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.opt = torch.optim.Adam(model.parameters(), lr=lr)
        self.loss_fn = nn.CrossEntropyLoss()

    def fit(self, X, y, epochs):
        for epoch in range(epochs):
            for idx in torch.randperm(len(X)).split(100):
                self.opt.zero_grad()
                loss = self.loss_fn(self.model(X[idx]), y[idx])
                loss.backward()
                self.opt.step()
            print(epoch, round(loss.item(), 4))


torch.manual_seed(0)
d = load_digits()
Trainer(Classifier(), 1e-3).fit(torch.tensor(d.images / 16, dtype=torch.float32)[:, None], torch.tensor(d.target), 2)
