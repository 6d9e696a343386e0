import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Old(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.classifier = nn.Linear(64, 32), nn.Linear(32, 10)
class New(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.classifier = nn.Linear(64, 32), nn.Linear(32, 10)
    def forward(self, x):
        return self.classifier(torch.relu(self.enc(x)))
state = Old().state_dict()
net = New()
net.load_state_dict(state, strict=False)  # <-- MISTAKE: the encoder stays as initialised
opt = torch.optim.SGD(net.classifier.parameters(), lr=0.1)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        net.zero_grad()
    print(ep, loss.item())
