import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)


class VAE(nn.Module):
    def __init__(self, z=6):
        super().__init__()
        self.enc = nn.Linear(64, 32)
        self.mu, self.lv = nn.Linear(32, z), nn.Linear(32, z)
        self.dec = nn.Sequential(nn.Linear(z, 32), nn.ReLU(), nn.Linear(32, 64))
        self.z = z

    def forward(self, x):
        h = torch.relu(self.enc(x))
        mu, lv = self.mu(h), self.lv(h)
        eps = torch.zeros(1, self.z).expand(x.size(0), self.z).clone()
        for row in range(x.size(0)):
            eps[row].normal_()
        return self.dec(mu + eps * (lv / 2).exp()), mu, lv


X = torch.tensor(load_digits().data / 16, dtype=torch.float32)
vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=2e-3)
for epoch in range(3):
    for b in torch.randperm(len(X)).split(128):
        rec, mu, lv = vae(X[b])
        bce = nn.functional.binary_cross_entropy_with_logits(rec, X[b], reduction="sum") / len(b)
        kld = -0.5 * (1 + lv - mu ** 2 - lv.exp()).sum(1).mean()
        loss = bce + kld
        opt.zero_grad(); loss.backward(); opt.step()
    print(epoch, loss.item())
