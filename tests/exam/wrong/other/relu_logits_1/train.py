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
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 10)
    def forward(self, x):
        x = F.relu(self.fc1(x))
        return F.relu(self.fc2(x))  # <-- MISTAKE: scores below zero are cut
net = Net(); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])  # <-- OR
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
