"""Reshapes that split rows: boxes, key points, folded frames."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Detector(nn.Module):
    def __init__(self, anchors=2, classes=3):
        super().__init__()
        self.classes, self.body = classes, nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.place, self.kind = nn.Conv2d(8, anchors * 4, 3, padding=1), nn.Conv2d(8, anchors * classes, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.body(x))
        boxes = self.place(h).permute(0, 2, 3, 1).contiguous().view(x.size(0), -1, 4)
        return boxes, self.kind(h).permute(0, 2, 3, 1).reshape(x.size(0), -1, self.classes)


detector, points, lstm = Detector(), nn.Linear(5, 8), nn.LSTM(16, 8, batch_first=True, bidirectional=True)
optimizer = torch.optim.Adam([*detector.parameters(), *points.parameters(), *lstm.parameters()], lr=1e-3)
for count in (4, 2, 8):
    boxes, kinds = detector(torch.rand(count, 1, 8, 8))
    loss = boxes.abs().mean() + F.cross_entropy(kinds.flatten(0, 1), torch.zeros(kinds[..., 0].numel()).long())
    loss = loss + points(torch.randn(count, 5)).view(-1, count).square().mean()
    states, (last, _) = lstm(torch.randn(count, 8, 8).reshape(count, 4, 16))
    loss = loss + last.view(1, 2, count, 8)[-1].transpose(0, 1).reshape(count, 16).mean() + states.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = detector.state_dict()
