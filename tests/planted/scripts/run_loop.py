"""Digits by a hand-written loop on `retorch.Run`: python run_loop.py MODEL FOLDER [--plant NAME] [--at STEP]."""

import torch
from models import MODELS, class_sums
from options import options
from torch import nn
from torch.utils.data import DataLoader
from weights import fingerprint

import retorch
from data import BATCH, SAMPLE, Digits, Shuffled

args = options()
plant = args.plant
threads = args.threads
if plant == "threads":
    threads = 2  # plant: threads
torch.set_num_threads(threads)
retorch.seed_everything(7)

train = Digits(0, 640, moved=True, relabelled=plant == "label", redrawn=plant == "augmentation")
valid = Digits(1200, 1400)
if args.own_order:
    train_loader = DataLoader(train, BATCH, sampler=Shuffled(train, args.at if plant == "swapped" else None))
else:
    train_loader = DataLoader(train, BATCH, shuffle=True)
valid_loader = DataLoader(valid, 100)

model = MODELS[args.model]()
criterion = nn.CrossEntropyLoss()
eps, drop_at = 1e-8, 30
if plant == "epsilon":
    eps = 1e-7  # plant: epsilon
if plant == "scheduler":
    drop_at = drop_at + 1  # plant: scheduler
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, eps=eps)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [drop_at], gamma=0.1)
weight = next(model.parameters()).data.view(-1)
if plant == "ulp-start":
    weight[20] = weight[20].nextafter(torch.tensor(9.0))  # plant: ulp-start


def validate():
    model.eval()
    if plant == "validation-mode":
        model.train()  # plant: validation-mode
    if plant == "validation-draw":
        torch.rand(3)  # plant: validation-draw
    losses = [criterion(model(images), labels) for images, labels in valid_loader]  # line: validation
    return torch.stack(losses).mean()


run = retorch.Run(
    args.folder, seed=7, model=model, optimizer=optimizer, scheduler=scheduler, threads=threads, record=args.record,
    checkpoint_steps=16,
)  # fmt: skip
for _ in run.epochs(args.epochs):
    model.train()
    for images, labels in run.steps(train_loader):  # line: batch
        now = plant if run.step == args.at else None
        if now == "ulp":
            weight[20] = weight[20].nextafter(torch.tensor(9.0))  # plant: ulp
        if now == "dropout":
            torch.manual_seed(1)  # plant: dropout
        if plant == "eval" and run.step >= args.at:
            model.norm.eval()  # plant: eval
        half = plant == "bf16" or (plant == "bf16-late" and run.step >= args.at)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):  # plant: bf16
            logits = model(images)  # line: forward
            loss = criterion(logits, labels)
        if now == "index-put":
            logits, labels = logits.flip(0), labels.flip(0)  # plant: index-put
        loss = loss + 0.1 * class_sums(logits, labels).square().mean()
        optimizer.zero_grad()
        loss.backward()  # line: backward
        optimizer.step()  # line: step
        scheduler.step()
        run.log(loss=loss)
    if plant == "validation-mode":
        with torch.no_grad():
            score = validate()
    else:
        with run.evaluating(model):
            score = validate()
    run.log(valid=score)

print("weights", fingerprint(model))
if args.epochs and not run.resumed:
    print("sample", SAMPLE, "came in step", train.step_of(SAMPLE))
