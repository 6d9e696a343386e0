import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
body, c, r = nn.Sequential(nn.Linear(64, 24), nn.ReLU()), nn.Linear(24, 10), nn.Linear(24, 64); opt = torch.optim.Adam([*body.parameters(), *c.parameters(), *r.parameters()], 1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        h = body(X[b]); l1, l2 = F.cross_entropy(c(h), y[b]), F.mse_loss(r(h), X[b])
        loss = l1 + l2 * (l1.item() / (l2.item() + 1e-8))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
