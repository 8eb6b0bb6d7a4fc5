"""What each of two processes runs for test_transformers.py.

Writes ``rank<r>.json`` with what this process saw: indices, losses, parameters.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from torch import nn

import conftest  # beside this file
from counterpoise.bridges.transformers import CounterpoiseTrainer
from counterpoise.samplers import Progressive

OUT = Path(sys.argv[1])
WHOLE = conftest.digits()
PROBLEM = conftest.Problem(WHOLE.inputs[:256], WHOLE.target[:256], WHOLE.contrast)
seen: dict[str, list] = {"indices": [], "losses": []}


class Numbered(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return len(PROBLEM.target)

    def __getitem__(self, index):
        return {"inputs": PROBLEM.inputs[index], "labels": PROBLEM.target[index], "index": index}


class Scores(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = PROBLEM.model()

    def forward(self, inputs, index):
        seen["indices"].append(index.tolist())
        return {"logits": self.net(inputs)}


class Recording(CounterpoiseTrainer):
    def training_step(self, *arguments, **options):
        loss = super().training_step(*arguments, **options)
        seen["losses"].append(float(loss))
        return loss


arguments = transformers.TrainingArguments(
    output_dir=str(OUT),
    per_device_train_batch_size=32,
    num_train_epochs=conftest.ROUNDS,
    max_grad_norm=0,
    use_cpu=True,
    ddp_backend="gloo",
    report_to="none",
    save_strategy="no",
    disable_tqdm=True,
    remove_unused_columns=False,
)
model = Scores()
optimizer = torch.optim.SGD(model.parameters(), lr=conftest.LR, momentum=0.9)
trainer = Recording(
    model,
    arguments,
    train_dataset=Numbered(),
    optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: 1.0)),
    criterion=PROBLEM.criterion(),
    sampler=Progressive(PROBLEM.target, seed=5, rounds=conftest.ROUNDS),
)
trainer.train()
seen["parameters"] = torch.cat([p.detach().flatten() for p in model.net.parameters()]).tolist()
(OUT / f"rank{arguments.process_index}.json").write_text(json.dumps(seen))
torch.distributed.destroy_process_group()
