import os, tempfile
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
X, y = load_breast_cancer(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
p = os.path.join(tempfile.mkdtemp(), "b.pt"); build = lambda: nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
net = build(); opt = torch.optim.Adam(net.parameters(), 1e-3); best = 9.0
for ep in range(4):
    net.train()
    for b in torch.randperm(450).split(45):
        loss = F.binary_cross_entropy_with_logits(net(X[b]).squeeze(1), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval(); test = build(); test.load_state_dict(net.state_dict()); test.eval()
    with torch.no_grad(): v = F.binary_cross_entropy_with_logits(test(X[450:]).squeeze(1), y[450:]).item()
    if v < best: best = v; state = net.state_dict(); torch.save(state, p)
net.load_state_dict(torch.load(p, weights_only=True)); print(best)
