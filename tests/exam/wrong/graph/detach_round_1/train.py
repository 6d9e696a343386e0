import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)


class QuantAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10), nn.Sigmoid())
        self.decoder = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 64))

    def forward(self, x):
        code = self.encoder(x)
        code = torch.round(code * 4) / 4  # <-- MISTAKE: gradient of round is zero, the encoder stays
        return self.decoder(code)


X = torch.tensor(load_digits().data, dtype=torch.float32) / 16
m = QuantAE()
opt = torch.optim.Adam(m.parameters(), lr=2e-3)
for epoch in range(3):
    for b in torch.randperm(len(X)).split(128):
        loss = nn.functional.mse_loss(m(X[b]), X[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
