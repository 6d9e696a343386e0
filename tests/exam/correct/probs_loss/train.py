import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        z = net(X[b]); p = z.softmax(1); ent = -(p * (p + 1e-9).log()).sum(1).mean()
        loss = F.cross_entropy(z, y[b]) - 0.05 * ent + F.mse_loss(p, F.one_hot(y[b], 10).float())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
