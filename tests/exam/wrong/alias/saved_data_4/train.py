import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(64, 32), nn.Linear(32, 32), nn.Linear(32, 10)
    def forward(self, x):
        h = torch.tanh(self.a(x))
        z = self.b(h)
        with torch.no_grad():
            h.data.mul_(0.5)  # <-- MISTAKE: tanh and the linear have saved h
        return self.c(torch.relu(z))
net = Net(); opt = torch.optim.SGD(net.parameters(), 0.1)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
