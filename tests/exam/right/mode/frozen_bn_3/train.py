import torch
import torch.nn.functional as F
from nets import Detector
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
m = Detector(); m.freeze()
opt = torch.optim.Adam([p for p in m.parameters() if p.requires_grad], 1e-2)
for ep in range(2):
    m.train()
    m.stem.eval()
    for b in torch.randperm(len(X)).split(100):
        loss = F.cross_entropy(m(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
