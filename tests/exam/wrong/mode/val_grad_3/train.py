import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10)); opt = torch.optim.Adam(net.parameters(), 1e-3)
def test(net, X, y):
    net.eval()
    preds = []
    for i in range(0, len(X), 99):
        preds.append(net(X[i:i + 99]))  # <-- MISTAKE: records gradients of all test batches
    return (torch.cat(preds).argmax(1) == y).float().mean().item()
for ep in range(2):
    net.train()
    for b in torch.randperm(1500).split(75):
        loss = F.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, test(net, X[1500:], y[1500:]))
