import torch
from torch import nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)


def make():
    return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))


encoder, probe = make(), nn.Linear(3, 3)
enc_opt = torch.optim.Adam(encoder.parameters(), lr=1e-2)
probe_opt = torch.optim.Adam(probe.parameters(), lr=1e-2)
for epoch in range(5):
    for b in torch.randperm(150).split(30):
        z = encoder(X[b])
        loss = nn.functional.cross_entropy(probe(z), y[b])
        enc_opt.zero_grad()
        loss.backward()  # <-- MISTAKE: probe's gradients are never cleared
        enc_opt.step()
        probe_opt.step()  # <-- OR
    print(epoch, loss.item())
