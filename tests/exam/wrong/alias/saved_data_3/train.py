import numpy as np
import torch
from torch import nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
enc = nn.Linear(4, 12)
dec = nn.Linear(12, 3)
opt = torch.optim.SGD([*enc.parameters(), *dec.parameters()], lr=0.05)
acts = []
for epoch in range(10):
    for b in torch.randperm(150).split(30):
        h = torch.tanh(enc(X[b]))
        loss = nn.functional.cross_entropy(dec(h), y[b])
        # keep normalised activations for a plot later
        a = h.detach().numpy()
        a -= a.mean(0)  # <-- MISTAKE: h itself changes before backward
        acts.append(np.abs(a).mean())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), acts[-1])
