import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=1, factor=0.3)  # <-- OR
for ep in range(8):
    net.train()
    for b in torch.randperm(1500).split(64):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad(): acc = (net(X[1500:]).argmax(1) == y[1500:]).float().mean().item()
    sched.step(acc)  # <-- MISTAKE: accuracy rises, mode is min
    print(ep, acc, opt.param_groups[0]["lr"])
