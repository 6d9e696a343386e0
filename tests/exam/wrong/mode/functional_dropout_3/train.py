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
        self.a, self.b = nn.Linear(30, 32), nn.Linear(32, 1)
    def forward(self, x):
        return self.b(nn.Dropout(0.3)(torch.relu(self.a(x)))).squeeze(1)  # <-- MISTAKE: a fresh Dropout is always in train mode
net = Net(); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    net.train()
    for b in torch.randperm(450).split(45):
        loss = F.binary_cross_entropy_with_logits(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): print(ep, ((net(X[450:]) > 0) == (y[450:] > 0.5)).float().mean().item())
