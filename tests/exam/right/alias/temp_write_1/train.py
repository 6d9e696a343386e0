import torch
from torch import nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

torch.manual_seed(5)
bunch = load_breast_cancer()
X = torch.tensor(StandardScaler().fit_transform(bunch.data), dtype=torch.float32)
y = torch.tensor(bunch.target, dtype=torch.float32)

# mask out a few features in a third of the rows, as augmentation
rows = torch.randperm(len(X))[: len(X) // 3]
X[rows] *= 0.9

net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
lossf = nn.BCEWithLogitsLoss()
for epoch in range(5):
    perm = torch.randperm(len(X))
    for b in perm.split(64):
        opt.zero_grad()
        loss = lossf(net(X[b]).squeeze(1), y[b])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
