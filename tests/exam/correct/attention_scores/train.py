import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
class Net(nn.Module):
    def __init__(self): super().__init__(); self.g, self.a, self.o = nn.Linear(30, 30), nn.Linear(30, 30), nn.Linear(30, 1)
    def forward(self, x): return self.o(x * torch.sigmoid(self.g(x)) * self.a(x).softmax(1)).squeeze(1)
net = Net(); opt = torch.optim.Adam(net.parameters(), 1e-2)
for ep in range(3):
    for b in torch.randperm(569).split(50):
        loss = F.binary_cross_entropy_with_logits(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
