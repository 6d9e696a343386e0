import torch
from torch import nn
import torch.nn.functional as F
import os, tempfile, argparse
p = argparse.ArgumentParser(); p.add_argument("--resume", default=""); a = p.parse_args()
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
path = os.path.join(tempfile.mkdtemp(), "last.pt")
def run(start, stop, resume=None):
    net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1))
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=8)
    if resume:
        ck = torch.load(resume, weights_only=True)
        net.load_state_dict(ck["net"])
        opt.load_state_dict(ck["opt"])
        sched.load_state_dict(ck["sched"])
    for ep in range(start, stop):
        for b in torch.randperm(442).split(34):
            loss = F.mse_loss(net(X[b]).squeeze(1), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()
        torch.save({"net": net.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": ep}, path)
        print(ep, loss.item(), sched.get_last_lr())
run(0, 4)
run(4, 8, path)
