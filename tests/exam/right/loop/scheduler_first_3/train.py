import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Linear(4, 3); opt = torch.optim.SGD(net.parameters(), 0.1)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, 0.8)
class CB:
    def on_epoch_start(self): pass
    def on_epoch_end(self): sched.step()
cb = CB()
for ep in range(5):
    cb.on_epoch_start()
    for b in torch.randperm(150).split(15):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    cb.on_epoch_end()
    print(ep, loss.item())
