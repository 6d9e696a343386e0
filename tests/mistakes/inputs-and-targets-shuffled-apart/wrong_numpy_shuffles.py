"""Arrays are shuffled in place before they become tensors."""

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

np.random.seed(0)
torch.manual_seed(0)
data = load_breast_cancer()
X = ((data.data - data.data.mean(0)) / data.data.std(0)).astype("float32")
Y = data.target.astype("float32")
np.random.shuffle(X)
np.random.shuffle(Y)  # <-- the mistake
X_train, Y_train = torch.from_numpy(X[:400]), torch.tensor(Y[:400])

net = nn.Sequential(nn.Linear(30, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
curve = []
for i in range(0, 400, 50):
    out = net(X_train[i : i + 50]).squeeze(-1)
    loss = nn.functional.binary_cross_entropy_with_logits(out, Y_train[i : i + 50])
    opt.zero_grad()
    loss.backward()
    opt.step()
    curve.append(loss.item())

RESULT = curve
