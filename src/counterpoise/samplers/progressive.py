"""From plain to class-balanced draws, round by round."""

from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed


class Progressive(StreamSampler):
    """Draw classes as they are at first, and more alike with every round.

    In round e of E, class k has probability ``(1 - e/E) n_k / N + (e/E) / K``. It moves only
    with ``set_epoch(e)``: without it, draws stay those of round 0.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more; the same seed and rounds give the same stream on every machine.
        rounds: E, the number of rounds of this training.
        reach_final: let the last round, E - 1, be class-balanced; as printed it is not quite.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Raises:
        ArgumentError: a class without a sample, a negative seed, or no round.

    Reference: Kang et al. 2020, eq. 2 (progressively-balanced sampling).

    >>> sampler = Progressive([0] * 90 + [1] * 10, seed=0, rounds=4)
    >>> sampler.seen
    (90.0, 10.0)
    >>> sampler.set_epoch(2)
    >>> sampler.seen
    (70.0, 30.0)
    """

    corrects_prior = True
    changes_by_round = True

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        rounds: int,
        reach_final: bool = False,
        zero_count: ZeroCount = "raise",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        check_seed(seed)
        if rounds < 1:
            raise ArgumentError(f"rounds is at least 1; got {rounds}")
        self._seed = seed
        self._last = max(1, rounds - 1 if reach_final else rounds)
        self._classes = ClassIndex(labels, who="Progressive", zero_count=zero_count)
        num = len(self._classes.members)
        memory = {"epoch": 0}
        stream = Stream(self._draw, length=num, rank=rank, world=world, memory=memory)
        super().__init__(stream, self._classes.summary)

    @property
    def seen(self) -> tuple[float, ...]:  # type: ignore[override]
        """Expected draws of each class in ``len(self)`` draws of this round."""
        return expected_seen(self._shares(self.stream.memory["epoch"]), len(self))

    def set_epoch(self, epoch: int) -> None:
        """Draw with the probabilities of round `epoch` from the next index on."""
        if epoch < 0:
            raise ArgumentError(f"rounds are counted from 0; got {epoch}")
        if epoch != self.stream.memory["epoch"]:
            self.stream.restart({"epoch": epoch})

    def _shares(self, epoch: int) -> Tensor:
        done = min(epoch / self._last, 1.0)
        sizes, here = self._classes.sizes.double(), self._classes.present.double()
        return (1 - done) * sizes / sizes.sum() + done * here / here.sum()

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        return self._classes.block(self._shares(memory["epoch"]), self._seed, number), memory
