import os, tempfile
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
path = os.path.join(tempfile.mkdtemp(), "c.pt")
def build():
    m = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)); o = torch.optim.Adam(m.parameters(), 1e-2)
    return m, o, torch.optim.lr_scheduler.StepLR(o, 2, 0.5)
def run(m, opt, s, a, b):
    for ep in range(a, b):
        for i in torch.randperm(178).split(20):
            loss = F.cross_entropy(m(X[i]), y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
        s.step()
        torch.save({"ep": ep + 1, "m": m.state_dict(), "o": opt.state_dict(), "s": s.state_dict(), "rng": torch.get_rng_state()}, path)
        print(ep, loss.item())
run(*build(), 0, 3)
m, o, s = build(); c = torch.load(path, weights_only=True)
m.load_state_dict(c["m"]); o.load_state_dict(c["o"]); s.load_state_dict(c["s"]); torch.set_rng_state(c["rng"])
run(m, o, s, c["ep"], 6)
