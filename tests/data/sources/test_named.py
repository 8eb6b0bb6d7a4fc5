"""Named sets: the layouts they are read from, and what is said when they are absent."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import NAMED, load
from counterpoise.data.sources import named
from counterpoise.data.sources.idx import FILES
from counterpoise.errors import DataError

RNG = np.random.default_rng(0)
REAL_DOWNLOAD = named.download


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "download", lambda name, root: "no network")


def write_idx(root: Path, folder: str, *, zipped: bool) -> dict[str, np.ndarray]:
    place = root / folder / "raw"
    place.mkdir(parents=True)
    arrays = {
        "x_train": RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_train": (np.arange(20) % 10).astype(np.uint8),
        "x_test": RNG.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "y_test": np.arange(10).astype(np.uint8),
    }
    for key, array in arrays.items():
        raw = (
            struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
        )
        name = FILES[key] + (".gz" if zipped else "")
        (place / name).write_bytes(gzip.compress(raw) if zipped else raw)
    return arrays


def test_digits_keep_all_17_levels() -> None:
    digits = load("digits")
    values = digits.inputs.read()
    assert (values.shape, values.dtype, values.max()) == ((1797, 1, 8, 8), np.uint8, 255)
    assert len(np.unique(values)) == 17
    assert digits.classes == tuple("0123456789")
    assert np.bincount(digits.labels).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # fmt: skip


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")]
)
def test_idx_layout(tmp_path: Path, name: str, folder: str, zipped: bool) -> None:
    arrays = write_idx(tmp_path, folder, zipped=zipped)
    dataset = load(name, data_root=str(tmp_path))
    assert dataset.part.tolist() == [0] * 20 + [2] * 10
    assert dataset.labels.tolist() == [*range(10), *range(10), *range(10)]
    assert np.array_equal(dataset.inputs.read()[:20, 0], arrays["x_train"])
    assert dataset.classes[0] == {"mnist": "0", "fashion-mnist": "T-shirt/top"}[name]


def test_roots_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx(tmp_path / "b", "MNIST", zipped=False)
    both = f"{tmp_path / 'a'}:{tmp_path / 'b'}".replace(":", named.os.pathsep)
    monkeypatch.setenv("COUNTERPOISE_DATA", both)
    assert len(load("mnist")) == 30
    with pytest.raises(DataError, match="MNIST is not under"):
        load("mnist", data_root=str(tmp_path / "a"))  # the argument replaces the variable
    monkeypatch.delenv("COUNTERPOISE_DATA")
    assert named.data_roots() == [Path.home() / ".cache" / "counterpoise"]


def test_cifar10_npz(tmp_path: Path) -> None:
    x = RNG.integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    y = np.arange(20) % 10
    np.savez(tmp_path / "cifar10.npz", x_train=x, y_train=y, x_test=x[:10], y_test=y[:10])
    dataset = load("cifar10", data_root=str(tmp_path))
    assert np.array_equal(dataset.inputs.read()[:20], x.transpose(0, 3, 1, 2))
    assert dataset.classes[9] == "truck"


def test_gtsrb_takes_its_tracks_as_groups(tmp_path: Path) -> None:
    x = RNG.integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    y = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    arrays = {"x_train": x, "y_train": y, "x_test": x[2:6], "y_test": y[2:6]}
    np.savez(tmp_path / "gtsrb_20_80.npz", **arrays, track_train=np.array([4, 4, 5, 5, 9, 9, 7, 7]))
    signs = load("gtsrb-20-80", data_root=str(tmp_path))
    assert signs.classes == ("80 km/h", "20 km/h")
    assert signs.groups is not None
    assert len(set(signs.groups[:8])) == 4
    assert len(set(signs.groups)) == 8  # test frames have no track: each stands alone
    np.savez(tmp_path / "gtsrb_20_80.npz", **arrays)
    with pytest.raises(DataError, match="lacks track_train"):
        load("gtsrb-20-80", data_root=str(tmp_path))


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("mnist", ["MNIST/raw", "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "no network"]),
        ("fashion-mnist", ["FashionMNIST/raw", "train-labels-idx1-ubyte", "no network"]),
        ("cifar10", ["cifar-10-batches-py", "data_batch_5", "cifar10.npz", "no network"]),
        ("gtsrb-20-80", ["gtsrb_20_80.npz", "track_train", "no download"]),
        ("wisdm-51", ["wisdm51_phone_accel.npz", "activity and user", "no download"]),
        ("wisdm-v1.1", ["WISDM_ar_v1.1_raw.txt", "Kwapisz", "no download"]),
        ("cifar100", ["cifar-100-python/", "train, test and meta", "no download"]),
        ("caltech-101", ["101_ObjectCategories", "CC BY 4.0", "no download"]),
        ("caltech-part", ["101_ObjectCategories", "no download"]),
        ("ham10000", ["HAM10000_metadata.csv", "no commercial use", "no download"]),
        ("ilsvrc2012", ["train/n01440764/*.JPEG", "by agreement", "no download"]),
        ("daimler", ["DC-ped-dataset_base", "add_non-ped_images", "no download"]),
        ("gtsrb", ["Final_Training/Images", "GT-final_test.csv", "no download"]),
    ],
)
def test_absent_sets_say_which_files_go_where(tmp_path: Path, name: str, pieces: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        load(name, data_root=str(tmp_path))
    message = str(caught.value)
    assert "\n" not in message
    assert str(tmp_path) in message
    for piece in pieces:
        assert piece in message


def test_a_download_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(name: str, root: Path) -> str | None:
        write_idx(root, name, zipped=False)
        return None

    monkeypatch.setattr(named, "download", fetch)
    assert len(load("mnist", data_root=str(tmp_path))) == 30


def test_every_name_is_described_and_readable() -> None:
    assert set(named._READERS) | set(named._OPENERS) | {"digits"} == set(NAMED)
    assert not set(named._READERS) & set(named._OPENERS)
    assert all(len(line) < 80 and "\n" not in line for line in NAMED.values())


@pytest.mark.data("MNIST", "FashionMNIST", "cifar10.npz")
@pytest.mark.parametrize(
    ("name", "shape", "sizes"),
    [
        ("mnist", (1, 28, 28), (60_000, 10_000)),
        ("fashion-mnist", (1, 28, 28), (60_000, 10_000)),
        ("cifar10", (3, 32, 32), (50_000, 10_000)),
    ],
)
def test_real_sets(name: str, shape: tuple[int, ...], sizes: tuple[int, int]) -> None:
    dataset = load(name)
    assert dataset.input_shape == shape
    assert (len(dataset.indices(0)), len(dataset.indices(2))) == sizes
    counts = np.bincount(dataset.labels[dataset.indices(0)])
    if name == "mnist":
        assert (counts.min(), counts.max()) == (5421, 6742)  # Buda et al. 2018, table 1
    else:
        assert len(set(counts)) == 1


class TestDownload:
    """The real `download`, with a stand-in for torchvision's class."""

    @pytest.fixture(autouse=True)
    def real(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(named, "download", REAL_DOWNLOAD)

    def test_files_arrive_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fetch(root: str, *, download: bool) -> None:
            assert download
            write_idx(Path(root), "MNIST", zipped=False)
            (Path(root) / "MNIST" / "raw" / "left.gz").touch()

        monkeypatch.setattr("torchvision.datasets.MNIST", fetch)
        assert len(load("mnist", data_root=str(tmp_path / "new"))) == 30
        found = {path.name for path in (tmp_path / "new").rglob("*") if path.is_file()}
        assert found == set(FILES.values())

    def test_a_broken_one_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fetch(root: str, *, download: bool) -> None:
            assert download
            write_idx(Path(root), "MNIST", zipped=False)
            raise RuntimeError("Error downloading:\nTried here, got:\nno route")

        monkeypatch.setattr("torchvision.datasets.MNIST", fetch)
        for root in (tmp_path, tmp_path / "new" / "deep"):
            with pytest.raises(DataError, match=r"could not be downloaded \(no route\)"):
                load("mnist", data_root=str(root))
        assert [path for path in tmp_path.rglob("*") if path.name != "new"] == []
