"""A small student learns from a teacher that was trained before it in the same script."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def build(width):
    return nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width, 10))


def train_teacher(teacher, loader, args):
    optimizer = torch.optim.Adam(teacher.parameters(), lr=args.lr)
    teacher.train()
    for _ in range(args.epochs):
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(teacher(x), y).backward()
            optimizer.step()


def distill(teacher, student, loader, args):
    teacher.eval()
    student.train()
    optimizer = torch.optim.Adam(student.parameters(), lr=args.lr)
    kl = nn.KLDivLoss(reduction="batchmean", log_target=True)
    for _ in range(args.epochs):
        for x, y in loader:
            with torch.no_grad():
                soft = F.log_softmax(teacher(x) / args.T, dim=1)
            logits = student(x)
            loss = args.alpha * args.T**2 * kl(F.log_softmax(logits / args.T, dim=1), soft)
            loss = loss + (1 - args.alpha) * F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    return sum((model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--T", type=float, default=2.0)
    parser.add_argument("--alpha", type=float, default=0.7)
    args = parser.parse_args([])
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x[:300] / 16, y[:300], test_size=0.2, random_state=0)
    to_set = lambda a, b: TensorDataset(torch.tensor(a, dtype=torch.float32), torch.tensor(b))
    train_loader = DataLoader(to_set(x_train, y_train), batch_size=48, shuffle=True)
    test_loader = DataLoader(to_set(x_test, y_test), batch_size=60)
    teacher, student = build(64), build(8)
    train_teacher(teacher, train_loader, args)
    distill(teacher, student, train_loader, args)
    RESULT = {
        "teacher": accuracy(teacher, test_loader),
        "student": accuracy(student, test_loader),
        **student.state_dict(),
    }
