import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
teacher = nn.Sequential(nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
student = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
ot, os_ = torch.optim.Adam(teacher.parameters(), 2e-3), torch.optim.Adam(student.parameters(), 2e-3)
for b in torch.randperm(len(X)).split(64):
    loss = F.cross_entropy(teacher(X[b]), y[b])
    ot.zero_grad()
    loss.backward()
    ot.step()
teacher.eval()
T = 3.0
for ep in range(2):
    for b in torch.randperm(len(X)).split(64):
        with torch.no_grad():
            soft = F.softmax(teacher(X[b]) / T, dim=1)
        out = student(X[b])
        loss = 0.5 * F.kl_div(F.log_softmax(out / T, dim=1), soft, reduction="batchmean") * T * T + 0.5 * F.cross_entropy(out, y[b])
        os_.zero_grad()
        loss.backward()
        os_.step()
    print(ep, loss.item())
