"""An LSTM on tokens; the class that makes the batches counts the targets on."""

import torch
from torch import nn


class Batches:
    def __init__(self, x, y, bs):
        self.x, self.y, self.bs = x, y, bs

    def __iter__(self):
        order = torch.randperm(len(self.x)).split(self.bs)
        for idx in order:
            yield self.x[idx], self.y[idx]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(50, 8)
        self.rnn = nn.LSTM(8, 16, batch_first=True)
        self.out = nn.Linear(16, 2)

    def forward(self, t):
        return self.out(self.rnn(self.emb(t))[0][:, -1])

    def training_step(self, batch):
        x, y = batch
        return nn.functional.cross_entropy(self(x), y)


torch.manual_seed(0)
tokens = torch.randint(0, 50, (160, 7))
labels = (tokens[:, -1] > 25).long()
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(2):
    for batch in Batches(tokens, labels, 16):
        opt.zero_grad()
        loss = net.training_step(batch)
        loss.backward()
        opt.step()

RESULT = net.state_dict()
