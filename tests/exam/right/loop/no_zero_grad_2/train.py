import torch
from torch import nn
from sklearn.datasets import load_diabetes

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32) * 10
y = torch.tensor(y, dtype=torch.float32).view(-1, 1) / 300
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(5):
    perm = torch.randperm(442)
    for i in range(0, 442, 26):
        b = perm[i:i + 26]
        opt.zero_grad()
        loss = nn.functional.l1_loss(net(X[b]), y[b])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
