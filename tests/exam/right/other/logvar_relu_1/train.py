import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1), nn.ReLU())
opt = torch.optim.SGD(net[:5].parameters(), lr=0.01)
for ep in range(5):
    for b in torch.randperm(442).split(34):
        out = net[:5](X[b]).squeeze(1)
        loss = F.mse_loss(out, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
