import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.SGD(net.parameters(), 0.01)
for ep in range(5):
    for b in torch.randperm(150).split(15):
        opt.zero_grad  # <-- MISTAKE: not called
        loss = F.cross_entropy(net(X[b]), y[b])
        loss.backward()  # <-- OR
        opt.step()  # <-- OR
    print(ep, loss.item())
