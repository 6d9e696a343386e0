import torch
from torch import nn
import torch.nn.functional as F
import numpy as np
torch.manual_seed(0); rng = np.random.default_rng(0)
from sklearn.datasets import load_digits
A, t = load_digits(return_X_y=True); A = (A / 16).astype("float32")
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    for i in range(0, 1797, 64):
        xb = torch.from_numpy(A[i:i + 64])
        xb.add_(0.05 * torch.randn(xb.shape))  # <-- MISTAKE: from_numpy shares A, the noise adds up from epoch to epoch
        loss = F.cross_entropy(net(xb), torch.from_numpy(t[i:i + 64]))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
