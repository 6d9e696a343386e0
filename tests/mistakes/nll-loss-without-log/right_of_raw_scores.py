"""Read a sequence with an LSTM and tell whether it rose or fell."""

import torch
from torch import nn


class LSTMClassifier(nn.Module):
    def __init__(self, hidden_dim=8, classes=2):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_dim, batch_first=True)
        self.hidden2class = nn.Linear(hidden_dim, classes)

    def forward(self, sequences):
        _, (hidden, _) = self.lstm(sequences)
        class_space = self.hidden2class(hidden[-1])
        return torch.log_softmax(class_space, dim=1)


torch.manual_seed(0)
sequences = torch.randn(48, 12, 1).cumsum(dim=1)
labels = (sequences[:, -1, 0] > 0).long()

model = LSTMClassifier()
loss_function = nn.NLLLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(4):
    model.zero_grad()
    class_scores = model(sequences)
    loss = loss_function(class_scores, labels)
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
