import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
raw = torch.randint(0, 255, (1500, 256), dtype=torch.uint8); y = (raw[:, 0] > 127).long()
data = raw.float() / 255
net = nn.Sequential(nn.Linear(256, 16), nn.ReLU(), nn.Linear(16, 2)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for step in range(60):
    b = torch.randint(0, 1500, (32,))
    xb = data[b]
    loss = F.cross_entropy(net(xb), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
