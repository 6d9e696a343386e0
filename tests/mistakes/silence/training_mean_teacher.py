"""Mean teacher: a copy that no optimizer holds follows the student; its output is the target of unlabelled images."""

import copy

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def update_ema(student, teacher, alpha):
    with torch.no_grad():
        for ema, param in zip(teacher.parameters(), student.parameters()):
            ema.mul_(alpha).add_(param, alpha=1 - alpha)
        for ema, buffer in zip(teacher.buffers(), student.buffers()):
            ema.copy_(buffer)


def main():
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
    labelled = DataLoader(TensorDataset(x[:64], y[:64]), 16, shuffle=True)
    unlabelled = DataLoader(TensorDataset(x[64:192]), 32, shuffle=True)
    test_x, test_y = x[192:320], y[192:320]

    student = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 10))
    teacher = copy.deepcopy(student)
    for param in teacher.parameters():
        param.requires_grad_(False)
    optimizer = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9)

    step = 0
    for epoch in range(3):
        student.train()
        teacher.train()  # the teacher sees noise, too
        for (images, labels), (others,) in zip(labelled, unlabelled):
            logits = student(torch.cat([images, others + 0.05 * torch.randn_like(others)]))
            with torch.no_grad():
                target = teacher(others + 0.05 * torch.randn_like(others)).softmax(1)
            supervised = F.cross_entropy(logits[: len(images)], labels)
            consistency = F.mse_loss(logits[len(images) :].softmax(1), target)
            loss = supervised + min(1.0, step / 8) * consistency
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            update_ema(student, teacher, min(1 - 1 / (step + 1), 0.99))
    teacher.eval()
    with torch.no_grad():
        accuracy = (teacher(test_x).argmax(1) == test_y).float().mean()
    return accuracy, teacher.state_dict()


if __name__ == "__main__":
    RESULT = main()
