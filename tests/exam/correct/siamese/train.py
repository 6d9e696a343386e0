import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 16)); opt = torch.optim.Adam(net.parameters(), 1e-3)
by = [torch.where(y == k)[0] for k in range(10)]
pick = lambda ks: torch.stack([by[k][torch.randint(len(by[k]), ())] for k in ks])
for it in range(60):
    ka = torch.randint(0, 10, (32,)); kn = (ka + torch.randint(1, 10, (32,))) % 10
    loss = F.triplet_margin_loss(net(X[pick(ka)]), net(X[pick(ka)]), net(X[pick(kn)]), margin=1.0)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
