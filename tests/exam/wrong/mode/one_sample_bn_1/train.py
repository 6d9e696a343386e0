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
        self.conv = nn.Conv2d(1, 8, 3, stride=2)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 10)
    def forward(self, x):
        h = F.relu(self.bn(self.conv(x)))  # <-- MISTAKE: batch norm of one sample
        return self.fc(h.amax((2, 3)))
model = Net()
opt = torch.optim.SGD(model.parameters(), lr=0.01)
bs = 1
for it, b in enumerate(torch.randperm(len(X))[:640].split(bs)):
    loss = F.cross_entropy(model(X[b]), y[b])  # <-- OR
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
