import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(10, 1)
        self.alpha = nn.Parameter(torch.ones(10))
    def forward(self, x): return self.l(x * self.alpha).squeeze(1)
net = Net(); opt = torch.optim.Adam(net.parameters(), 1e-2)
for ep in range(3):
    for b in torch.randperm(442).split(34):
        loss = F.mse_loss(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
