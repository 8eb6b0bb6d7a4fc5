"""A running system over a stand-in for the model, and browsers of three roles."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


class StubModel:
    """Sees "dark" or "light", by the mean of a picture."""

    classes = ("dark", "light")
    digest = "0" * 64
    kind = "image"

    def decode(self, content: bytes):
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("L").resize((4, 4)))[None]

    def predict(self, samples):
        from counterpoise.predict.prediction import Prediction

        light = samples.mean(axis=(1, 2, 3)) / 255
        shares = np.stack([1 - light, light], axis=1)
        return Prediction(shares.argmax(1), self.classes, shares, shares)


@pytest.fixture
def stub() -> StubModel:
    return StubModel()


@pytest.fixture
def jpeg() -> Callable[[int], bytes]:
    """A picture of one grey."""

    def made(grey: int) -> bytes:
        stream = io.BytesIO()
        Image.new("L", (32, 24), grey).save(stream, "JPEG")
        return stream.getvalue()

    return made


@pytest.fixture(scope="session")
def secret() -> str:
    """The hash of "a long password", which takes a while."""
    pytest.importorskip("argon2", reason="needs the extra serve: argon2-cffi")
    from counterpoise.service.access.passwords import hashed

    return hashed("a long password")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator:
    pytest.importorskip("alembic", reason="needs the extra serve: alembic")
    from counterpoise.service.database.engine import open_database

    engine = open_database(tmp_path / "x.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gazetteer of a few towns, as the real one is built."""
    from counterpoise.service.gazetteer.build import build

    def town(name, code, state, latitude, longitude, people, zone, *also):
        return {
            "name": name, "countrycode": code, "admin1code": state, "latitude": latitude,
            "longitude": longitude, "population": people, "timezone": zone, "alternatenames": also,
        }  # fmt: skip

    towns = [
        town("Lafayette", "US", "IN", 40.4167, -86.8753, 71_000, "America/Indiana/Indianapolis"),
        town("Lafayette", "US", "LA", 30.2241, -92.0198, 121_000, "America/Chicago"),
        town("Paris", "FR", "11", 48.8534, 2.3488, 2_138_551, "Europe/Paris", "Lutetia", "パリ"),
        town("Paris", "US", "TX", 33.6609, -95.5555, 24_000, "America/Chicago"),
        town("München", "DE", "02", 48.1374, 11.5755, 1_500_000, "Europe/Berlin", "Munich"),
        town("Suva", "FJ", "01", -18.1416, 178.4415, 77_000, "Pacific/Fiji"),
    ]
    countries = {
        code: {"name": name, "iso": code, "iso3": three, "population": people}
        for code, three, name, people in (
            ("US", "USA", "United States", 3), ("FR", "FRA", "France", 2),
            ("DE", "DEU", "Germany", 2), ("FJ", "FJI", "Fiji", 1),
        )
    }  # fmt: skip
    states = {"IN": {"name": "Indiana"}, "LA": {"name": "Louisiana"}, "TX": {"name": "Texas"}}
    file = tmp_path_factory.mktemp("places") / "places.sqlite"
    build(file, {str(n): one for n, one in enumerate(towns)}, countries, states)
    return file


@pytest.fixture
def system(tmp_path: Path, stub: StubModel, secret: str, places: Path) -> Iterator:
    """A system with a user of each role, of the role's name."""
    pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
    from counterpoise.service.access.roles import ROLES
    from counterpoise.service.database import people
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    with System(Settings(folder=tmp_path / "server"), stub, "stub") as system:
        system.places.use(places)
        with system.engine.begin() as connection:
            for role in ROLES:
                people.add_user(connection, role, secret, role, 1, "the test")
        yield system


class StubSeriesModel(StubModel):
    """Sees "dark" or "light" in windows of 2 channels and 5 times."""

    digest = "5" * 64
    kind, shape, dtype = "series", (2, 5), np.dtype("float32")

    def predict(self, samples):
        return super().predict(np.asarray(samples)[:, None] * 255)


@pytest.fixture
def series_system(tmp_path: Path, secret: str) -> Iterator:
    """A system over a model of series, with a user of each role."""
    pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
    from counterpoise.service.access.roles import ROLES
    from counterpoise.service.database import people
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    with System(Settings(folder=tmp_path / "series"), StubSeriesModel(), "series") as system:
        with system.engine.begin() as connection:
            for role in ROLES:
                people.add_user(connection, role, secret, role, 1, "the test")
        yield system


PROGRAM = """
classes = ("dark", "light")
def analyse(frame):
    if frame.camera.name == "Broken":
        raise RuntimeError("out of order")
    light = frame.pixels.mean() / 255
    return {
        "label": classes[int(light > 0.5)],
        "scores": {"light": light},
        "where": f"<b>{frame.camera.name}</b>",
        "people": 3,
    }
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator:
    """An operator's program, of which one camera's frames raise."""
    from counterpoise.service.analyzer.program import Program

    path = tmp_path / "mine.py"
    path.write_text(PROGRAM)
    program = Program(path)
    yield program
    program.close()


@pytest.fixture
def browse(system) -> Callable:
    """A browser in which somebody of a role is logged in; without a role, nobody is."""
    from starlette.testclient import TestClient

    from counterpoise.service.app import application

    app = application(system)

    def browser(role: str = "") -> TestClient:
        client = TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False)
        if role:
            sent = {"name": role, "password": "a long password"}
            assert client.post("/login", data=sent).status_code == 303
        return client

    return browser


@pytest.fixture
def token() -> Callable:
    """What the forms of somebody's pages hold against forged requests."""

    def found(client) -> str:
        match = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
        assert match is not None
        return match[1]

    return found


CAMERA = {"name": "Pier", "kind": "push", "url": "", "latitude": 1.5, "longitude": 2.5}


@pytest.fixture
def camera(system) -> int:
    """The number of a camera that frames are pushed to."""
    from counterpoise.service.database import cameras
    from counterpoise.service.database.cameras import CameraFields

    with system.engine.begin() as connection:
        number = cameras.add(connection, CameraFields(**CAMERA, interval=0.1), 1, "the test")
    system.reassign()
    return number


@pytest.fixture
def seen(system, camera: int, jpeg) -> int:
    """The camera, with one frame analysed and recorded."""
    import time

    from counterpoise.errors import ArgumentError
    from counterpoise.service.database import results
    from counterpoise.service.runtime.failure import DeviceError

    for _ in range(200):
        try:
            system.worker.push(camera, jpeg(250))
            break
        except (ArgumentError, DeviceError):  # it is not followed yet
            time.sleep(0.02)
    for _ in range(200):
        with system.engine.connect() as connection:
            if results.latest(connection, camera):
                return camera
        time.sleep(0.02)
    raise AssertionError("no result came")
