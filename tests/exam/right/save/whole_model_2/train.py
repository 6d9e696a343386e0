import torch
from torch import nn
import torch.nn.functional as F
import io
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
class Net(nn.Module):
    def __init__(self): super().__init__(); self.f = nn.Linear(4, 3)
    def forward(self, x): return self.f(x)
net = Net(); opt = torch.optim.SGD(net.parameters(), 0.05)
for ep in range(4):
    for b in torch.randperm(150).split(15):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    torch.save({"epoch": ep, "model": net.state_dict(), "optimizer": opt.state_dict()}, io.BytesIO())
    print(ep, loss.item())
