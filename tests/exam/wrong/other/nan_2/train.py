import numpy as np, pandas as pd
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
rng = np.random.default_rng(0)
df = pd.DataFrame(rng.normal(size=(300, 5)), columns=list("abcde")); df.loc[rng.choice(300, 5), "c"] = np.nan
vals = df.values
X = torch.tensor(vals, dtype=torch.float32); y = (X[:, 0] > 0).float()
net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for ep in range(3):
    for b in torch.randperm(300).split(30):
        out = net(X[b]).squeeze(1)  # <-- MISTAKE: X holds NaN; after this the weights are NaN
        loss = F.binary_cross_entropy_with_logits(out, y[b])  # <-- OR
        opt.zero_grad()
        loss.backward()  # <-- OR
        opt.step()
    print(ep, loss.item())
