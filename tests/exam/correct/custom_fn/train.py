import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return (x > 0).float()
    @staticmethod
    def backward(ctx, g): return g.clamp(-1, 1)
class Rev(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.view_as(x)
    @staticmethod
    def backward(ctx, g): return -0.1 * g
enc, cls, dom = nn.Sequential(nn.Linear(64, 32), nn.Tanh()), nn.Linear(32, 10), nn.Linear(32, 2)
opt = torch.optim.Adam([*enc.parameters(), *cls.parameters(), *dom.parameters()], 2e-3)
d = torch.randint(0, 2, (len(X),))
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        z = STE.apply(enc(X[b]))
        loss = F.cross_entropy(cls(z), y[b]) + F.cross_entropy(dom(Rev.apply(z)), d[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
