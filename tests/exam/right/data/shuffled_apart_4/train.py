import torch
from torch import nn
import torch.nn.functional as F
from sklearn.utils import shuffle
torch.manual_seed(0)
from sklearn.datasets import load_digits
A, b = load_digits(return_X_y=True)
A, b = shuffle(A, b, random_state=1)
X, y = torch.tensor(A / 16, dtype=torch.float32), torch.tensor(b)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(2):
    for i in range(0, 1797, 64):
        loss = F.cross_entropy(net(X[i:i + 64]), y[i:i + 64])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
