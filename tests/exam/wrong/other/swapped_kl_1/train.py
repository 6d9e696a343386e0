import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.Adam(net.parameters(), 1e-2)
for ep in range(5):
    for b in torch.randperm(150).split(15):
        onehot = F.one_hot(y[b], 3).float()
        loss = F.cross_entropy(onehot, net(X[b]).softmax(1))  # <-- MISTAKE: arguments swapped
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
