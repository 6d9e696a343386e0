import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Linear(4, 3); opt = torch.optim.SGD(net.parameters(), 0.05)
for ep in range(4):
    for b in torch.randperm(150).split(15):
        w = torch.ones(15, 3)
        w[torch.arange(15), y[b]] = 2.0
        loss = (w * F.one_hot(y[b], 3) * -net(X[b]).log_softmax(1)).sum(1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
