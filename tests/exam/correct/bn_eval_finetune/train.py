import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.1), nn.Linear(288, 10)); opt = torch.optim.SGD(net.parameters(), 0.02)
def train_mode(m):
    m.train()
    for k in m.modules():
        if isinstance(k, nn.BatchNorm2d): k.eval()
for ep in range(2):
    train_mode(net)
    for b in torch.randperm(1500).split(50):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): print(ep, (net(X[1500:]).argmax(1) == y[1500:]).float().mean().item())
