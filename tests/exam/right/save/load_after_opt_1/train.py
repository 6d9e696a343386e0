import torch
from torch import nn
import torch.nn.functional as F
import copy
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
def build(): return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
source = build()
ckpt = {k: v.clone() for k, v in source.state_dict().items()}
model = build()
model.load_state_dict(ckpt)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(model(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
