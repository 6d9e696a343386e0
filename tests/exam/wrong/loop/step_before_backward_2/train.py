import torch, torch.nn as nn
torch.manual_seed(0)
X = torch.rand(300, 4); Y = (X.sum(1) > 2).float()
net = nn.Linear(4, 1)
crit = nn.BCEWithLogitsLoss()
opt = torch.optim.SGD(net.parameters(), lr=.1)
for ep in range(5):
    for i in range(0, 300, 30):
        loss = crit(net(X[i:i+30])[:, 0], Y[i:i+30])
        opt.step()  # <-- MISTAKE: uses the gradients of the batch before
        opt.zero_grad()
        loss.backward()  # <-- OR
    print(ep, loss.item())
