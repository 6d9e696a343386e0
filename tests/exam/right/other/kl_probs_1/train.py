import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
teacher = nn.Linear(64, 10).requires_grad_(False).eval()
student = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10)); opt = torch.optim.Adam(student.parameters(), 1e-3)
for ep in range(3):
    for b in torch.randperm(len(X)).split(64):
        t = F.softmax(teacher(X[b]), dim=1)
        s = F.log_softmax(student(X[b]), dim=1)
        loss = F.kl_div(s, t, reduction="batchmean")
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
