import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 3))
opt = torch.optim.AdamW(net.parameters(), 2e-3); scaler = torch.amp.GradScaler("cpu", init_scale=256.0, growth_interval=5)
for ep in range(4):
    net.train()
    for i, b in enumerate(torch.randperm(160).split(20)):
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(net(X[b]), y[b]) / 2
        scaler.scale(loss).backward()
        if i % 2 == 1:
            scaler.step(opt); scaler.update(); opt.zero_grad()
    net.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        print(ep, F.cross_entropy(net(X[160:]).float(), y[160:]).item())
