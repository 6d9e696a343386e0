"""Read a line of digits with a recurrence and CTC."""

import torch
from torch import nn

BLANK = 0


class Reader(nn.Module):
    def __init__(self, classes=7):
        super().__init__()
        self.gru = nn.GRU(5, 8, batch_first=True, bidirectional=True)
        self.out = nn.Linear(16, classes)

    def forward(self, x):
        return self.out(self.gru(x)[0]).permute(1, 0, 2)


torch.manual_seed(0)
x, y = torch.randn(6, 12, 5), torch.randint(1, 7, (6, 4))
model = Reader()
criterion = nn.CTCLoss(blank=BLANK)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(4):
    scores = model(x)
    loss = criterion(scores, y, torch.full((6,), 12), torch.full((6,), 4))  # <-- the mistake
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
