import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
body, h1, h2 = nn.Sequential(nn.Linear(64, 32), nn.ReLU()), nn.Linear(32, 10), nn.Linear(32, 1)
opt = torch.optim.Adam([{"params": body.parameters()}, {"params": h1.parameters()}, {"params": h2.parameters(), "lr": 1e-2}], lr=1e-3)
for ep in range(2):
    for i, b in enumerate(torch.randperm(len(X)).split(64)):
        z = body(X[b])
        loss = F.cross_entropy(h1(z), y[b]) if i % 2 == 0 else F.mse_loss(h2(z).squeeze(1), y[b].float() / 10)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
