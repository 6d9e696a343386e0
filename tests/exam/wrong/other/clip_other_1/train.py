import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
enc, dec = nn.Sequential(nn.Linear(64, 16), nn.ReLU()), nn.Linear(16, 64)
target = nn.Sequential(nn.Linear(64, 16), nn.ReLU())
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], 1e-3)
for ep in range(3):
    for b in torch.randperm(len(X)).split(64):
        loss = F.mse_loss(dec(enc(X[b])), X[b])
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(target.parameters(), 1.0)  # <-- MISTAKE: another model's parameters, without gradients
        opt.step()
    print(ep, loss.item())
