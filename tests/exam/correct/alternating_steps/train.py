import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
enc, a, c = nn.Sequential(nn.Linear(64, 16), nn.ReLU()), nn.Linear(16, 10), nn.Linear(16, 2); oe, oc = torch.optim.Adam([*enc.parameters(), *a.parameters()], 1e-3), torch.optim.Adam(c.parameters(), 1e-3); dom = (torch.arange(len(X)) % 2)
for ep in range(2):
    for i, b in enumerate(torch.randperm(len(X)).split(64)):
        oc.zero_grad(); lc = F.cross_entropy(c(enc(X[b]).detach()), dom[b]); lc.backward(); oc.step()
        if i % 5 == 0:
            z = enc(X[b]); loss = F.cross_entropy(a(z), y[b]) - 0.1 * F.cross_entropy(c(z), dom[b])
            oe.zero_grad(); loss.backward(); oe.step()
    print(ep, lc.item(), loss.item())
