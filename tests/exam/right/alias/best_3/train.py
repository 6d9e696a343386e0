import torch
from torch import nn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
w = load_wine()
X = torch.tensor(StandardScaler().fit_transform(w.data), dtype=torch.float32)
y = torch.tensor(w.target)
p = torch.randperm(len(X))
tr, va = p[:120], p[120:]


class Solver:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(13, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 3))
        self.optim = torch.optim.Adam(self.model.parameters(), 5e-3)
        self.best_loss, self.best_params = 1e9, None

    def validate(self):
        self.model.eval()
        with torch.no_grad():
            return nn.functional.cross_entropy(self.model(X[va]), y[va]).item()

    def run(self, epochs):
        for _ in range(epochs):
            self.model.train()
            for b in tr[torch.randperm(120)].split(20):
                self.optim.zero_grad()
                nn.functional.cross_entropy(self.model(X[b]), y[b]).backward()
                self.optim.step()
            v = self.validate()
            if v < self.best_loss:
                self.best_loss = v
                self.best_params = [q.data.clone() for q in self.model.parameters()]
        for q, best in zip(self.model.parameters(), self.best_params):
            q.data.copy_(best)
        return self.validate()


print(Solver().run(8))
