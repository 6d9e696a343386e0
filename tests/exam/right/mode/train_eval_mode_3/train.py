import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.3), nn.Linear(48, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
def evaluate():
    net.eval()
    with torch.no_grad():
        acc = (net(X[1500:]).argmax(1) == y[1500:]).float().mean().item()
    net.train()
    return acc
net.train()
for step in range(60):
    b = torch.randint(0, 1500, (64,))
    loss = F.cross_entropy(net(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 20 == 10:
        print(step, evaluate())
