"""A batch is drawn with replacement, in a helper that is called for inputs and for targets."""

import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
from torch import nn


class Trainer:
    def __init__(self, model, x, y, batch_size=32):
        self.model, self.x, self.y, self.batch_size = model, x, y, batch_size
        self.optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
        self.criterion = nn.NLLLoss()

    def sample(self, data):
        return data[torch.randint(len(data), (self.batch_size,))]  # <-- the mistake

    def step(self):
        x, y = self.sample(self.x), self.sample(self.y)
        loss = self.criterion(self.model(x).log_softmax(-1), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(3)
x, y = load_wine(return_X_y=True)
trainer = Trainer(nn.Linear(13, 3), torch.tensor(scale(x)).float(), torch.tensor(y))
RESULT = [trainer.step() for _ in range(8)]
