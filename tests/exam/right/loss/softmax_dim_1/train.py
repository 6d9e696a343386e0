import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
teacher = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).eval()
student = nn.Linear(64, 10)
opt = torch.optim.Adam(student.parameters(), lr=1e-2)
for ep in range(3):
    for b in torch.randperm(len(X)).split(64):
        with torch.no_grad():
            t = F.softmax(teacher(X[b]), dim=1)
        loss = F.kl_div(F.log_softmax(student(X[b]), dim=1), t, reduction="batchmean")
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item())
