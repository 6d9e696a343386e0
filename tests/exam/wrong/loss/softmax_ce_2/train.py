import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 32), nn.ReLU(), nn.Linear(32, 10))
model.append(nn.Softmax(dim=-1))  # <-- OR
crit = nn.CrossEntropyLoss(label_smoothing=0.05)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
def run_epoch():
    tot = 0.0
    for b in torch.randperm(len(X)).split(100):
        loss = crit(model(X[b]), y[b])  # <-- MISTAKE: the model ends with a softmax
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    return tot
for e in range(2):
    print(e, run_epoch())
