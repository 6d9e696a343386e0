import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.back = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.back.requires_grad_(False)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, 10))
    def train(self, mode=True):
        super().train(mode)
        self.back.eval()
        return self
    def forward(self, x):
        with torch.no_grad():
            z = self.back(x)
        return self.head(z)
m = Net()
opt = torch.optim.Adam(m.head.parameters(), 1e-2)
for ep in range(2):
    m.train()
    for b in torch.randperm(1500).split(64):
        loss = F.cross_entropy(m(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    m.eval()
    with torch.no_grad():
        print(ep, (m(X[1500:]).argmax(1) == y[1500:]).float().mean().item())
