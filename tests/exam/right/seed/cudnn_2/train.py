import torch
from torch import nn
import torch.nn.functional as F
import random, numpy as np
def seed_everything(s):
    random.seed(s); np.random.seed(s); torch.manual_seed(s)
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
seed_everything(1)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Linear(4, 3); opt = torch.optim.SGD(net.parameters(), 0.05)
for ep in range(3):
    for b in torch.randperm(150).split(15):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
