"""Tag each token of a sentence; a collate function puts time first in the tags."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader


def collate(samples):
    tokens, tags = zip(*samples, strict=True)
    return torch.stack(tokens), torch.stack(tags, dim=1)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.gru = nn.GRU(8, 8, batch_first=True, bidirectional=True)
        self.head = nn.Linear(16, 4)

    def forward(self, tokens):
        return F.log_softmax(self.head(self.gru(self.embedding(tokens))[0]), dim=-1)


def train(epochs=2):
    torch.manual_seed(0)
    samples = [(tokens, tokens % 4) for tokens in torch.randint(0, 20, (24, 7))]
    model = Tagger()
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(epochs):
        for tokens, tags in DataLoader(samples, batch_size=6, collate_fn=collate):
            scores = model(tokens).flatten(0, 1)
            loss = F.nll_loss(scores, tags.flatten())  # <-- the mistake
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.state_dict()


RESULT = train()
