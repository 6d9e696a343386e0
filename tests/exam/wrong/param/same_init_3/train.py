import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
        self.blocks = nn.Sequential(*[nn.Linear(32, 32)] * 3)  # <-- MISTAKE: three times the same layer
        self.fc = nn.Linear(32, 10)
    def forward(self, x):
        return self.fc(torch.relu(self.blocks(self.body(x))))
net = Heads()
opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
