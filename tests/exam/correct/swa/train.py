import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from torch.optim.swa_utils import AveragedModel, SWALR, update_bn
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
dl = DataLoader(TensorDataset(X, y), 100, shuffle=True)
net = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10))
opt = torch.optim.SGD(net.parameters(), 0.1)
swa, sched, swa_sched = AveragedModel(net), torch.optim.lr_scheduler.CosineAnnealingLR(opt, 4), SWALR(opt, swa_lr=0.05)
for ep in range(6):
    for xb, yb in dl:
        loss = F.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    if ep >= 3:
        swa.update_parameters(net); swa_sched.step()
    else:
        sched.step()
update_bn(dl, swa)
swa.eval()
with torch.no_grad():
    print((swa(X).argmax(1) == y).float().mean().item())
