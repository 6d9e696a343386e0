import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
class ResBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Conv2d(cin, cout, 1)
    def forward(self, x):
        h = self.c2(F.relu(self.c1(x)))
        return F.relu(h + self.skip(x))
model = nn.Sequential(ResBlock(1, 6), nn.MaxPool2d(2), ResBlock(6, 12), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 10))
opt = torch.optim.Adam(model.parameters(), 3e-3)
for b in torch.randperm(len(X)).split(64):
    loss = F.cross_entropy(model(X[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
