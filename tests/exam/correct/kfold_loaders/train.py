import copy
import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset
from sklearn.model_selection import KFold
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
ds = TensorDataset(X, y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
start = copy.deepcopy(net.state_dict())
for fold, (a, b) in enumerate(KFold(3, shuffle=True, random_state=1).split(X)):
    net.load_state_dict(start)
    opt = torch.optim.Adam(net.parameters(), 1e-2)
    for ep in range(4):
        for xb, yb in DataLoader(ds, 15, sampler=SubsetRandomSampler(a)):
            loss = F.cross_entropy(net(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
    with torch.no_grad():
        print(fold, sum((net(xb).argmax(1) == yb).sum().item() for xb, yb in DataLoader(ds, 50, sampler=SubsetRandomSampler(b))) / len(b))
