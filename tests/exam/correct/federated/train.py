import copy
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
glob = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10)); parts = torch.randperm(1500).chunk(3)
for rnd in range(2):
    states = []
    for part in parts:
        net = copy.deepcopy(glob); opt = torch.optim.SGD(net.parameters(), 0.1)
        for b in part[torch.randperm(len(part))].split(50):
            loss = F.cross_entropy(net(X[b]), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
        states.append(net.state_dict())
    glob.load_state_dict({k: torch.stack([s[k] for s in states]).mean(0) for k in states[0]})
    with torch.no_grad(): print(rnd, (glob(X[1500:]).argmax(1) == y[1500:]).float().mean().item())
