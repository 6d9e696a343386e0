"""Digits by `retorch.Trainer`: python trainer_loop.py MODEL FOLDER [--plant NAME] [--at STEP]."""

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
loader = train
if args.own_order:
    loader = DataLoader(train, BATCH, sampler=Shuffled(train, args.at if plant == "swapped" else None))

model = MODELS[args.model]()
criterion = nn.CrossEntropyLoss()
eps, drop_at, precision = 1e-8, 30, "fp32"
if plant == "epsilon":
    eps = 1e-7  # plant: epsilon
if plant == "scheduler":
    drop_at = drop_at + 1  # plant: scheduler
if plant == "bf16":
    precision = "bf16"  # plant: bf16
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, eps=eps)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [drop_at], gamma=0.1)
weight = next(model.parameters()).data.view(-1)
if plant == "ulp-start":
    weight[20] = weight[20].nextafter(torch.tensor(9.0))  # plant: ulp-start


def loss_of(model, batch):
    images, labels = batch
    step = scheduler.last_epoch  # it steps with the optimizer
    now = plant if model.training and step == args.at else None
    if now == "ulp":
        weight[20] = weight[20].nextafter(torch.tensor(9.0))  # plant: ulp
    if now == "dropout":
        torch.manual_seed(1)  # plant: dropout
    if plant == "eval" and step >= args.at:
        model.norm.eval()  # plant: eval
    if plant == "bf16-late" and step >= args.at:
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(images)  # plant: bf16-late
    else:
        logits = model(images)  # line: forward
    loss = criterion(logits, labels)
    if now == "index-put":
        logits, labels = logits.flip(0), labels.flip(0)  # plant: index-put
    return loss + 0.1 * class_sums(logits, labels).square().mean()


trainer = retorch.Trainer(
    model, optimizer, step=loss_of, scheduler=scheduler, schedule="step", precision=precision, threads=threads, seed=7
)
trainer.fit(  # line: fit
    loader, valid, epochs=args.epochs, batch_size=BATCH, run=args.folder, record=args.record,
    checkpoint_steps=16, keep_last=9, quiet=True,
)  # fmt: skip

print("weights", fingerprint(model))
if SAMPLE in train.served:
    print("sample", SAMPLE, "came in step", train.step_of(SAMPLE))
