import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 4))
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu")
X, Y = torch.randn(256, 16), torch.randint(0, 4, (256,))
for epoch in range(4):
    for xb, yb in zip(X.split(32), Y.split(32)):
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(xb), yb)
        scaler.scale(loss).backward()  # <-- MISTAKE: gradients are scaled but step is the plain one
        opt.step()  # <-- OR
    print(epoch, loss.item())
