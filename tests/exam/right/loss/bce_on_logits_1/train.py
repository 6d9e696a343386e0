import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(30, 16), nn.Linear(16, 1)
    def forward(self, x):
        return self.b(torch.relu(self.a(x))).squeeze(1)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(4):
    for b in torch.randperm(569).split(60):
        out = net(X[b])
        loss = F.binary_cross_entropy(out.sigmoid().clamp(1e-6, 1 - 1e-6), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
