import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
dev = "cuda" if torch.cuda.is_available() else "cpu"
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10)).to(dev); opt = torch.optim.Adam(net.parameters(), 1e-3)
hits = []
for b in torch.randperm(len(X)).split(64):
    xb, yb = X[b].to(dev), y[b].to(dev)
    out = net(xb)
    loss = F.cross_entropy(out, yb)
    opt.zero_grad()
    loss.backward()
    opt.step()
    hits.append((out.argmax(1) == yb).float().mean().cpu().numpy())  # <-- MISTAKE: waits for the device in each step
print(sum(float(h) for h in hits) / len(hits))
