import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm, weight_norm
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(spectral_norm(nn.Linear(13, 16)), nn.ReLU(), weight_norm(nn.Linear(16, 3))); opt = torch.optim.Adam(net.parameters(), 1e-2)
for ep in range(4):
    net.train()
    for b in torch.randperm(178)[:150].split(15):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): print(ep, loss.item())
