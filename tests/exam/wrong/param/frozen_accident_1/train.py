import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(13, 32), nn.ReLU())
        self.fc = nn.Linear(32, 5)
        self.scale = nn.Parameter(torch.ones(1))
    def forward(self, x):
        return self.fc(self.body(x)) * self.scale
net = Net()
net.fc = nn.Linear(32, 3)
for p in net.fc.parameters():
    p.requires_grad = False  # <-- MISTAKE: the new head is frozen, it was just made
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(5):
    for b in torch.randperm(178).split(20):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
