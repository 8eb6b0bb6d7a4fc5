"""Losses: forward and backward over `F.cross_entropy`, memory, and the installable peers."""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from harness import Claim, Output, arguments, compared, interleaved, interval, run
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torchvision.ops import sigmoid_focal_loss

from counterpoise import ClassCounts, losses
from counterpoise.criterion import Weighted
from counterpoise.weights import EffectiveNumber

Function = Callable[[Tensor, Tensor], Tensor]
TWO_SOFTMAX = ("ComplementCrossEntropy",)  # of all classes, and of the wrong ones


@dataclass(frozen=True)
class Size:
    """A batch, its bars over cross-entropy, and how often it is timed."""

    batch: int
    classes: int
    bar: float
    bar_two_softmax: float
    more_us: float  # or this many microseconds more; 0: the ratio alone counts
    repeats: int  # calls in one reading

    def __str__(self) -> str:
        return f"({self.batch}, {self.classes})"


SIZES = (
    Size(256, 10, 2.0, 2.0, 60.0, 200),
    Size(256, 1000, 1.3, 2.2, 0.0, 20),
    Size(64, 100_000, 1.3, 2.2, 0.0, 2),
)


@dataclass(frozen=True)
class Problem:
    """Logits and labels of one size, on the device."""

    size: Size
    logits: Tensor
    target: Tensor

    @classmethod
    def make(cls, size: Size, device: str) -> Problem:
        """Normal logits, labels of all classes alike; always the same."""
        generator = torch.Generator().manual_seed(0)
        logits = torch.randn(size.batch, size.classes, generator=generator).to(device)
        target = torch.randint(size.classes, (size.batch,), generator=generator).to(device)
        return cls(size, logits.requires_grad_(), target)

    def step(self, function: Function) -> None:
        """One forward and one backward pass."""
        self.logits.grad = None
        function(self.logits, self.target).backward()

    def seconds(self, function: Function) -> float:
        """Of one step, from one reading of several."""
        self._wait()
        start = time.perf_counter()
        for _ in range(self.size.repeats):
            self.step(function)
        self._wait()
        return (time.perf_counter() - start) / self.size.repeats

    def buffers(self, function: Function) -> float:
        """Peak memory of one step beyond logits and labels, in buffers of the logits' size."""
        self.step(function)
        self.logits.grad = None
        unit = self.logits.numel() * self.logits.element_size()
        if self.logits.is_cuda:
            before = torch.cuda.memory_allocated()
            torch.cuda.reset_peak_memory_stats()
            self.step(function)
            return (torch.cuda.max_memory_allocated() - before) / unit
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
            self.step(function)
        held = peak = 0
        for event in recorded.profiler.kineto_results.events():
            if event.name() == "[memory]":
                held += event.nbytes()
                peak = max(peak, held)
        return peak / unit

    def _wait(self) -> None:
        if self.logits.is_cuda:
            torch.cuda.synchronize()


def main() -> None:
    """Print every claim."""
    options = arguments(__doc__ or "")
    out = Output(options)
    warnings.filterwarnings("ignore", message="CUDA is not available|.*profiler")
    for size in SIZES[:2] if options.quick else SIZES:
        pairs = 3 if options.quick else 15
        problem = Problem.make(replace(size, repeats=2) if options.quick else size, options.device)
        for name in losses.__all__:
            out.claim(_time(problem, name, pairs))
    widest = SIZES[1] if options.quick else SIZES[-1]
    for name in losses.__all__:
        out.claim(_memory(Problem.make(widest, options.device), name))
    for size in SIZES[:2]:
        problem = Problem.make(replace(size, repeats=2) if options.quick else size, options.device)
        _peers(problem, out, 3 if options.quick else 15)


def _made(name: str, num_classes: int, device: torch.device) -> torch.nn.Module:
    """The loss with its defaults, over a long tail of counts."""
    cls = getattr(losses, name)
    try:
        loss: torch.nn.Module = cls(_counts(num_classes))
    except TypeError:
        loss = cls()
    return loss.to(device)


def _counts(num_classes: int) -> ClassCounts:
    return ClassCounts(tuple(5000 // (1 + k % 100) for k in range(num_classes)))


def _time(problem: Problem, name: str, pairs: int) -> Claim:
    size = problem.size
    loss = _made(name, size.classes, problem.logits.device)
    problem.step(loss)
    ours, theirs = interleaved(
        lambda: problem.seconds(loss), lambda: problem.seconds(F.cross_entropy), pairs
    )
    ours, theirs = 1e6 * ours, 1e6 * theirs
    bar = size.bar_two_softmax if name in TWO_SOFTMAX else size.bar
    more = f", or {size.more_us:g} more" if size.more_us else ""
    text = f"{name} over cross-entropy at {size}, forward and backward, us{more}"
    claim = compared(text, ours, theirs, bar)
    little_more = interval(ours - theirs)[1] <= size.more_us
    return replace(claim, holds=claim.holds or little_more)


def _memory(problem: Problem, name: str) -> Claim:
    loss = _made(name, problem.size.classes, problem.logits.device)
    ours, plain = problem.buffers(loss), problem.buffers(F.cross_entropy)
    text = f"{name} at {problem.size}: peak memory in buffers of the logits' size"
    ours, plain = round(ours, 2), round(plain, 2)
    return Claim(text, ours, plain, ours / plain, 3.0, ours <= 3.0, 1, (ours, ours))


def _peers(problem: Problem, out: Output, pairs: int) -> None:
    size, device = problem.size, problem.logits.device
    counts = _counts(size.classes)

    def sigmoid_focal(logits: Tensor, target: Tensor) -> Tensor:
        wanted = F.one_hot(target, size.classes).to(logits.dtype)
        return sigmoid_focal_loss(logits, wanted, reduction="mean")

    softmax_focal = losses.Focal()
    against: list[tuple[str, Function, Function]] = [
        ("Focal (softmax) over torchvision's sigmoid focal", softmax_focal, sigmoid_focal)
    ]
    if importlib.util.find_spec("balanced_loss") is None:
        out.say("skipped: balanced-loss is not installed (pip install -e '.[bench]')")
    else:
        from balanced_loss import Loss

        balanced = {
            kind: Loss(kind, samples_per_class=list(counts.values), class_balanced=True)
            for kind in ("cross_entropy", "focal_loss")
        }
        weighted = Weighted(losses.CrossEntropy(), EffectiveNumber(counts)).to(device)
        focal = Weighted(losses.Focal(), EffectiveNumber(counts)).to(device)
        against += [
            (
                "class-balanced cross-entropy over balanced-loss",
                weighted,
                balanced["cross_entropy"],
            ),
            ("class-balanced focal over balanced-loss (sigmoid)", focal, balanced["focal_loss"]),
        ]
    for text, ours, theirs in against:
        problem.step(ours)
        problem.step(theirs)
        seconds = interleaved(
            lambda ours=ours: problem.seconds(ours),  # type: ignore[misc]
            lambda theirs=theirs: problem.seconds(theirs),  # type: ignore[misc]
            pairs,
        )
        out.claim(compared(f"{text} at {size}, us", 1e6 * seconds[0], 1e6 * seconds[1], 1.0))


if __name__ == "__main__":
    run(main)
