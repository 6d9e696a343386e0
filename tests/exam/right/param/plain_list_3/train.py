import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
class Basis(nn.Module):
    def __init__(self, k=6):
        super().__init__()
        self.centers = nn.ParameterList([nn.Parameter(torch.randn(10)) for _ in range(k)])
        self.lin = nn.Linear(k, 1)
    def forward(self, x):
        d = torch.stack([((x - c) ** 2).mean(1) for c in self.centers], 1)
        return self.lin(torch.exp(-d)).squeeze(1)
net = Basis()
opt = torch.optim.Adam(net.parameters(), 1e-2)
for epoch in range(5):
    for i in torch.randperm(442).split(34):
        loss = F.mse_loss(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
