import torch
from torch import nn
from sklearn.datasets import load_diabetes

X, Y = load_diabetes(return_X_y=True)
X = torch.tensor(X * 20, dtype=torch.float32)
Y = torch.tensor((Y - Y.mean()) / Y.std(), dtype=torch.float32)
torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(10, 30)
        self.fc2 = nn.Linear(30, 1)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x))).flatten()


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for epoch in range(10):
    for i in range(0, 442, 34):
        out = net(X[i:i + 34])
        loss = ((out - Y[i:i + 34]) ** 2).mean()
        loss.backward()
        optimizer.zero_grad()  # <-- MISTAKE: throws the gradients away
        optimizer.step()
    print("Epoch %d: %.4f" % (epoch, loss.item()))
