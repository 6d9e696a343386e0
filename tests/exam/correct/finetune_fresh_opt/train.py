import torch
from torch import nn
import torch.nn.functional as F
import io
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)); opt = torch.optim.Adam(net.parameters(), 1e-2)
for b in torch.randperm(150).split(15):
    loss = F.cross_entropy(net(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
buf = io.BytesIO(); torch.save({"model": net.state_dict()}, buf); buf.seek(0)
net2 = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)); net2.load_state_dict(torch.load(buf, weights_only=True)["model"]); net2[2] = nn.Linear(16, 2)
opt = torch.optim.SGD(net2.parameters(), 1e-2)
for b in torch.randperm(150).split(15):
    loss = F.cross_entropy(net2(X[b]), (y[b] > 0).long())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
