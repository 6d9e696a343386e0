import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
enc, dec, code = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8)), nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 64)), nn.Embedding(16, 8)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters(), *code.parameters()], 2e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        z = enc(X[b]); k = torch.cdist(z, code.weight).argmin(1); q = code(k)
        loss = F.mse_loss(dec(z + (q - z).detach()), X[b]) + F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
