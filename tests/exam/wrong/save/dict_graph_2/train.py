import torch
from torch import nn
import torch.nn.functional as F
import io
torch.manual_seed(0)
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X * 20, dtype=torch.float32), torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
net = nn.Linear(10, 1); opt = torch.optim.SGD(net.parameters(), 0.05)
for ep in range(4):
    outs = []
    for b in torch.randperm(442)[:340].split(34):
        out = net(X[b]).squeeze(1); loss = F.mse_loss(out, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        outs.append(out.detach())
    val = F.mse_loss(net(X[340:]).squeeze(1), y[340:])
    torch.save({"ep": ep, "val": val, "outs": torch.cat(outs)}, io.BytesIO())  # <-- MISTAKE: val holds its graph
    print(ep, loss.item())
