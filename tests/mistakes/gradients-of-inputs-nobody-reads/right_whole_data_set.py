"""A line through points, as in old tutorials with Variable."""

import torch


class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(x)


def main():
    torch.manual_seed(0)
    x = torch.randn(40, 3)
    y = (x @ torch.tensor([[1.0], [-2.0], [0.5]])).detach()
    model, criterion = Line(), torch.nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(6):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    RESULT = main()
