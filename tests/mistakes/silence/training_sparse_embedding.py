"""Word vectors with sparse gradients: SparseAdam for the tables, negative words drawn at random, rows never met."""

import torch
from torch import nn, optim

text = """in the beginning the network knew nothing and the loss was large and the data was small
then the gradient came and the loss became small and the network knew a little of the data""".split()
words = sorted(set(text))
ids = torch.tensor([words.index(word) for word in text])


class SkipGram(nn.Module):
    def __init__(self, vocabulary, dim):
        super().__init__()
        self.centers = nn.Embedding(vocabulary, dim, sparse=True)
        self.contexts = nn.Embedding(vocabulary, dim, sparse=True)
        nn.init.zeros_(self.contexts.weight)

    def forward(self, center, positive, negatives):
        v = self.centers(center)
        good = (v * self.contexts(positive)).sum(-1)
        bad = torch.bmm(self.contexts(negatives), v.unsqueeze(2)).squeeze(2)
        return -(nn.functional.logsigmoid(good) + nn.functional.logsigmoid(-bad).sum(1)).mean()


def pairs(window=2):
    return [
        (ids[i], ids[j])
        for i in range(len(ids))
        for j in range(max(0, i - window), min(len(ids), i + window + 1))
        if i != j
    ]


torch.manual_seed(0)
data = pairs()
model = SkipGram(len(words) + 5, 8)  # five words are kept for later
optimizer = optim.SparseAdam(list(model.parameters()), lr=0.05)
losses = []
for epoch in range(2):
    for batch in torch.randperm(len(data)).split(32):
        center = torch.stack([data[i][0] for i in batch])
        positive = torch.stack([data[i][1] for i in batch])
        optimizer.zero_grad()
        loss = model(center, positive, torch.randint(0, len(words), (len(batch), 4)))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

RESULT = [losses, model.state_dict()]
