import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Enc(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU())
    def forward(self, x):
        return self.f(x)
enc, head = Enc(), nn.Linear(32, 10)
opt = torch.optim.Adam([*enc.parameters(), *head.parameters()], lr=2e-3)
Xv, yv = X[1500:], y[1500:]
for epoch in range(3):
    enc.train(); head.train()
    for b in torch.randperm(1500).split(50):
        loss = F.cross_entropy(head(enc(X[b])), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    head.eval()
    with torch.no_grad():
        ok = 0
        for i in range(0, 297, 99):
            ok += (head(enc(Xv[i:i + 99])).argmax(1) == yv[i:i + 99]).sum().item()  # <-- MISTAKE: enc is in train mode, its batch norm takes in the test data
    print(epoch, ok / 297)
