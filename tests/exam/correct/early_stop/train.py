import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
tr, va = torch.randperm(569).split([450, 119])
net = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1)); opt = torch.optim.Adam(net.parameters(), 5e-3)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=1)
best, state, wait = 1e9, None, 0
for ep in range(15):
    net.train()
    for b in tr[torch.randperm(450)].split(50):
        loss = F.binary_cross_entropy_with_logits(net(X[b]).squeeze(1), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): v = F.binary_cross_entropy_with_logits(net(X[va]).squeeze(1), y[va]).item()
    sched.step(v)
    if v < best: best, state, wait = v, copy.deepcopy(net.state_dict()), 0
    else: wait += 1
    if wait == 3: break
net.load_state_dict(state); print(ep, best)
