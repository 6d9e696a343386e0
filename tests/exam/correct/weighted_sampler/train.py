import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
w = torch.where(y == 0, 1 / (y == 0).sum(), 1 / (y == 1).sum())
dl = DataLoader(TensorDataset(X, y), 32, sampler=WeightedRandomSampler(w, len(X)))
net = nn.Linear(30, 1); opt = torch.optim.SGD(net.parameters(), 0.1)
for ep in range(3):
    for xb, yb in dl:
        loss = F.binary_cross_entropy_with_logits(net(xb).squeeze(1), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
