import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
dl = DataLoader(TensorDataset(X, y), 64, shuffle=True)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10)); opt = torch.optim.AdamW(net.parameters())
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 0.01, epochs=2, steps_per_epoch=len(dl))
for ep in range(2):
    for xb, yb in dl:
        loss = F.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    print(ep, loss.item())
