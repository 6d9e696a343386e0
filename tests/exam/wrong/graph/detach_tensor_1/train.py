import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def rmse(pred, target):
    errs = [(p - t) ** 2 for p, t in zip(pred, target)]
    return torch.tensor([e.item() for e in errs], requires_grad=True).mean().sqrt()  # <-- MISTAKE: new leaf, no gradient reaches the model


X = torch.randn(300, 5)
Y = X[:, 0] * 2 - X[:, 1]
loader = DataLoader(TensorDataset(X, Y), batch_size=30, shuffle=True)
model = Regressor()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(3):
    for x, y in loader:
        optimizer.zero_grad()
        loss = rmse(model(x), y)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
