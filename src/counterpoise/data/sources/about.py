"""What is known of the named sets: where their files lie, their source and their licence."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoise.data.sources import daimler, gtsrb, ham10000, wisdm, wisdm_v11

NO_LICENCE = "none stated"


@dataclass(frozen=True)
class About:
    """One named set.

    Args:
        title: a line for lists.
        source: the publication, with its DOI where it has one.
        licence: its terms, in a few words.
        places: paths below a data root, of which one has to be there; none where nothing has to.
        wanted: what to put there, where nothing can be downloaded.
    """

    title: str
    source: str
    licence: str
    places: tuple[str, ...] = ()
    wanted: str = ""

    @property
    def terms(self) -> str:
        """A note for reports."""
        return f"data: {self.source}; licence: {self.licence}"


_WEISS = "Weiss 2019, doi:10.24432/C5HK59"
_KWAPISZ = "Kwapisz, Weiss and Moore 2010, doi:10.1145/1964897.1964918"
_CALTECH = "Fei-Fei, Fergus and Perona 2004; doi:10.22002/D1.20086"
_STALLKAMP = "Stallkamp and others 2012, doi:10.1016/j.neunet.2012.02.016"
_MADE = "Hastie, Tibshirani and Friedman 2009, eq. 10.2"
_WISDM51 = (wisdm.FILE, wisdm.FOLDER)
_WISDM51_WANTED = (
    f"{wisdm.FILE} (xyz float32 (N, 3) at 20 Hz, activity and user (N,), classes), or the unpacked "
    f"{wisdm.FOLDER} with data_1600_accel_phone.txt and so on"
)
_CALTECH_WANTED = "caltech101/101_ObjectCategories/ with a folder for each of 101 classes"

ABOUT = {
    "digits": About(
        "1797 handwritten digits, 8x8 grey; comes with scikit-learn",
        "Alpaydin and Kaynak 1998, doi:10.24432/C50P49",
        "CC BY 4.0",
    ),
    "mnist": About(
        "70 000 handwritten digits, 28x28 grey, official test set",
        "LeCun and others 1998, doi:10.1109/5.726791",
        "CC BY-SA 3.0, as Keras states it",
        ("MNIST/raw",),
    ),
    "fashion-mnist": About(
        "70 000 articles of clothing, 28x28 grey, official test set",
        "Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
        "MIT",
        ("FashionMNIST/raw",),
    ),
    "cifar10": About(
        "60 000 photographs of 10 things, 32x32 RGB, official test set",
        "Krizhevsky 2009",
        NO_LICENCE,
        ("cifar10.npz", "cifar-10-batches-py"),
    ),
    "cifar100": About(
        "60 000 photographs of 100 things, 32x32 RGB, official test set",
        "Krizhevsky 2009",
        NO_LICENCE,
        ("cifar-100-python",),
        "cifar-100-python/ with train, test and meta",
    ),
    "gtsrb-20-80": About(
        "2760 German speed-limit signs, 20 against 80 km/h, 32x32 RGB, by track",
        _STALLKAMP,
        NO_LICENCE,
        ("gtsrb_20_80.npz",),
    ),
    "gtsrb": About(
        "51 839 German traffic signs, 43 classes, cropped, 48x48 RGB, by track",
        _STALLKAMP,
        NO_LICENCE,
        ("GTSRB",),
        f"GTSRB/ with {gtsrb.TRAIN}/00000/ to 00042/, {gtsrb.TEST}/ and {gtsrb.ANNOTATIONS}",
    ),
    "caltech-101": About(
        "8677 photographs of 101 things, 31 to 800 of each, RGB",
        _CALTECH,
        "CC BY 4.0",
        ("caltech101", "caltech-101"),
        _CALTECH_WANTED,
    ),
    "caltech-part": About(
        "8 classes of Caltech-101, 7 to 700 to train on, 100 of each to test (LE)",
        _CALTECH,
        "CC BY 4.0",
        ("caltech101", "caltech-101"),
        _CALTECH_WANTED,
    ),
    "ham10000": About(
        "10 015 photographs of skin lesions, 7 diagnoses, RGB, by lesion",
        "Tschandl, Rosendahl and Kittler 2018, doi:10.7910/DVN/DBW86T",
        "CC BY-NC 4.0: no commercial use",
        ("ham10000", "HAM10000"),
        f"ham10000/ with {ham10000.METADATA[0]} and the images in it or in folders of it",
    ),
    "ilsvrc2012": About(
        "1.3 million photographs of 1000 classes of ImageNet, validation as test",
        "Russakovsky and others 2015, doi:10.1007/s11263-015-0816-y",
        "by agreement, for research and education that are not commercial",
        ("ilsvrc2012", "ILSVRC2012", "imagenet"),
        "ilsvrc2012/ with train/n01440764/*.JPEG and val/n01440764/*.JPEG, 1000 folders in each",
    ),
    "daimler": About(
        "pedestrians or none, 49 000 grey crops of 18x36, and more from frames",
        "Munder and Gavrila 2006, doi:10.1109/TPAMI.2006.217",
        "for research that is not commercial",
        ("daimler",),
        f"daimler/{daimler.BASE}/ with 1, 2, 3, T1 and T2, and beside it, for the frames, "
        f"DC-ped-dataset_add-1/1/{daimler.FRAMES}/ and so on",
    ),
    "gaussian-quantiles": About(
        "12 200 made vectors of 10 numbers, 3 classes by length; nothing to get", _MADE, "none"
    ),
    "gaussian-quantiles-pool": About(
        "the same with 60 000 to train on, for other samples in each repeat", _MADE, "none"
    ),
    "wisdm-51": About(
        "phone accelerometer, windows of 3 x 80 (4 s), 5 activities, by user",
        _WEISS,
        "CC BY 4.0",
        _WISDM51,
        _WISDM51_WANTED,
    ),
    "wisdm-51-random": About(
        "the same with 30 % of windows to test, whoever they are of",
        _WEISS,
        "CC BY 4.0",
        _WISDM51,
        _WISDM51_WANTED,
    ),
    "wisdm-v1.1": About(
        "WISDM v1.1, windows of 3 x 80 (4 s), 6 activities, 36 users, by user",
        _KWAPISZ,
        NO_LICENCE,
        (wisdm_v11.FILE,),
        f"{wisdm_v11.FILE} (of WISDM_ar_latest.tar.gz)",
    ),
    "wisdm-v1.1-random": About(
        "the same with 30 % of windows to test, whoever they are of",
        _KWAPISZ,
        NO_LICENCE,
        (wisdm_v11.FILE,),
        f"{wisdm_v11.FILE} (of WISDM_ar_latest.tar.gz)",
    ),
}
NAMED = {name: about.title for name, about in ABOUT.items()}
