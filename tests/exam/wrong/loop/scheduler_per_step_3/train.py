import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)); opt = torch.optim.SGD(net.parameters(), 0.1)
sched = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[3, 5])
for ep in range(6):
    for xb, yb in DataLoader(TensorDataset(X, y), 128, shuffle=True):
        loss = F.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()  # <-- MISTAKE: milestones are epochs
    print(ep, loss.item(), opt.param_groups[0]["lr"])
