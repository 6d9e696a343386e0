"""A language model, and a helper that gives the next batch."""

import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader


class Text(Dataset):
    def __init__(self):
        self.ids = torch.randint(0, 40, (64, 9))

    def __len__(self):
        return 64

    def __getitem__(self, i):
        return {"input_ids": self.ids[i, :-1], "labels": self.ids[i, 1:]}


torch.manual_seed(0)
dl = DataLoader(Text(), batch_size=8)


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(40, 16)
        self.h = nn.Linear(16, 40)

    def forward(self, input_ids, labels=None):
        z = self.h(self.e(input_ids))
        return nn.functional.cross_entropy(z.flatten(0, 1), labels.flatten())


batches = iter(dl)


def get_batch():
    return next(batches)


lm = LM()
opt = torch.optim.AdamW(lm.parameters())
for it in range(8):
    loss = lm(**get_batch())
    loss.backward()
    opt.step()
    opt.zero_grad()

RESULT = lm.state_dict()
