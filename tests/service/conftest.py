"""A running system over a stand-in for the model, and browsers of three roles."""

import contextlib
import hashlib
import io
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
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


@pytest.fixture(scope="session")
def heard() -> Callable[..., str]:
    """What a process says until a line of it has a word; it is killed if that takes too long."""

    def wait(process: subprocess.Popen[str], word: str, seconds: float = 120.0) -> str:
        late, said = threading.Timer(seconds, process.kill), ""
        late.start()
        try:
            while word not in said:
                line = process.stdout.readline()
                assert line, f"no {word!r} within {seconds:.0f} s, or it ended; it said {said!r}"
                said += line
        finally:
            late.cancel()
        return said

    return wait


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
    """A hash of "a long password" that is soon computed; test_passwords.py has one as we make."""
    argon2 = pytest.importorskip("argon2", reason="needs the extra serve: argon2-cffi")
    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a long password")


@pytest.fixture(scope="session")
def newest_tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Have a folder whose file of SQLite has the newest tables, which take a while to make."""
    pytest.importorskip("alembic", reason="needs the extra serve: alembic")
    from counterpoise.service.database.address import DATABASE
    from counterpoise.service.database.engine import open_database

    file = tmp_path_factory.mktemp("tables") / DATABASE
    open_database(file).dispose()

    def into(folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        shutil.copyfile(file, folder / DATABASE)
        return folder

    return into


@pytest.fixture
def engine(tmp_path: Path, newest_tables: Callable[[Path], Path], database: str) -> Iterator:
    from counterpoise.service.database.address import place
    from counterpoise.service.database.engine import open_database

    if not database:
        newest_tables(tmp_path)
    engine = open_database(place(tmp_path, database))
    yield engine
    engine.dispose()


@pytest.fixture
def in_turn() -> Callable:
    """Do something in a transaction that has its turn, while somebody else begins; what that gives.

    What is done `after` follows when the other one has come as far as it can.
    """
    from counterpoise.service.database.dialect import one_at_a_time

    def done(engine, first: Callable, second: Callable, after: Callable = lambda c: None):
        with ThreadPoolExecutor(1) as pool:
            with engine.begin() as connection:
                one_at_a_time(connection, "changes")
                first(connection)
                begun = pool.submit(second)
                wait([begun], 0.3)
                after(connection)
            return begun.result(60)

    return done


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
def system(
    tmp_path: Path, stub: StubModel, secret: str, places: Path, database: str,
    newest_tables: Callable[[Path], Path],
) -> Iterator:  # fmt: skip
    """A system with a user of each role, of the role's name."""
    pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
    from counterpoise.service.access.roles import ROLES
    from counterpoise.service.database import people
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    folder = tmp_path / "server"
    settings = Settings(folder=folder if database else newest_tables(folder), database=database)
    with System(settings, stub, "stub") as system:
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
def series_system(tmp_path: Path, secret: str, database: str) -> Iterator:
    """A system over a model of series, with a user of each role."""
    pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
    from counterpoise.service.access.roles import ROLES
    from counterpoise.service.database import people
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    settings = Settings(folder=tmp_path / "series", database=database)
    with System(settings, StubSeriesModel(), "series") as system:
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
    from counterpoise.errors import ArgumentError
    from counterpoise.service.database import results
    from counterpoise.service.runtime.failure import DeviceError

    for _ in range(1500):
        try:
            system.worker.push(camera, jpeg(250))
            break
        except (ArgumentError, DeviceError):  # it is not followed yet
            time.sleep(0.02)
    for _ in range(1500):
        with system.engine.connect() as connection:
            if results.latest(connection, camera):
                return camera
        time.sleep(0.02)
    raise AssertionError("no result came")


def light_graph(bias: float, order: tuple[int, ...], *, spin: int = 0) -> bytes:
    """Samples (N, 1, 8, 8) of uint8; light counts as `bias` more than it is."""
    onnx = pytest.importorskip("onnx", reason="needs the extra onnx")
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value, kind) -> object:
        return numpy_helper.from_array(np.array(value, kind), name)

    num = len(order)
    nodes = [
        helper.make_node("Cast", ["samples"], ["double"], to=TensorProto.DOUBLE),
        helper.make_node("ReduceMean", ["double"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "scale"], ["share"]),
        helper.make_node("Add", ["share", "bias"], ["moved"]),
        helper.make_node("Clip", ["moved", "zero", "one"], ["light"]),
        helper.make_node("Sub", ["one", "light"], ["dark"]),
        helper.make_node("Mul", ["light", "zero"], ["never"]),
        helper.make_node("Unsqueeze", ["dark", "last"], ["column0"]),
        helper.make_node("Unsqueeze", ["light", "last"], ["column1"]),
        helper.make_node("Unsqueeze", ["never", "last"], ["column2"]),
        helper.make_node("Concat", [f"column{k}" for k in order], ["probabilities"], axis=1),
        helper.make_node("Identity", ["probabilities"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes, "light",
        [helper.make_tensor_value_info("samples", TensorProto.UINT8, ["batch", 1, 8, 8])],
        [
            helper.make_tensor_value_info("scores", TensorProto.DOUBLE, ["batch", num]),
            helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, ["batch", num]),
            helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"]),
        ],
        [
            constant("scale", 1 / 255, np.float64), constant("bias", bias, np.float64),
            constant("zero", 0.0, np.float64), constant("one", 1.0, np.float64),
            constant("last", [1], np.int64),
        ],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model.SerializeToString()


NAMES = ("dark", "light", "odd")


def export_to(
    folder: Path, bias: float = 0.0, order: tuple[int, ...] = (0, 1), counts: tuple[int, ...] = (),
    content: bytes | None = None, kind: str = "image", prior: tuple[float, ...] | None = None,
) -> Path:  # fmt: skip
    """Write model.onnx and export.json as `counterpoise export` does."""
    from counterpoise.records import DecodePart, ExportRecord, FilePart, InputPart, OutputPart

    content = light_graph(bias, order) if content is None else content
    digest = hashlib.sha256(content).hexdigest()
    wide = ("batch", len(order))
    decode = DecodePart(channels="grey", height=8, width=8, resize="stretch")
    record = ExportRecord(
        format="onnx",
        classes=tuple(NAMES[k] for k in order),
        input=InputPart(
            name="samples", dtype="uint8", shape=("batch", 1, 8, 8), kind=kind, decode=decode
        ),
        outputs={
            "scores": OutputPart(dtype="float64", shape=wide, decide=True),
            "probabilities": OutputPart(dtype="float64", shape=wide),
            "label": OutputPart(dtype="int64", shape=("batch",)),
        },
        model={}, preprocess={}, frozen=None, scores="logits", posthoc=(), prior=prior,
        prior_factor=None, metadata={"counts": list(counts)} if counts else {},
        files={"model.onnx": FilePart(bytes=len(content), sha256=digest)}, versions={},
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(content)
    (folder / "export.json").write_text(record.text())
    return folder


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., Path]:
    """Make an exported model: `bias` moves where light begins."""
    pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")

    def made(name: str, bias: float = 0.0, **more) -> Path:
        return export_to(tmp_path / name, bias, **more)

    return made


@pytest.fixture
def serving(
    tmp_path: Path, secret: str, exported, newest_tables: Callable[[Path], Path]
) -> Iterator:
    """A system over an exported model, with a user of each role; `again` starts another one."""
    pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
    from counterpoise.predict import ExportedModel
    from counterpoise.service.access.roles import ROLES
    from counterpoise.service.database import people
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    folder = exported("first", counts=(500, 500), prior=(0.5, 0.5))
    given = ExportedModel.load(folder)
    with System(Settings(folder=newest_tables(tmp_path / "server")), given, "first") as system:
        with system.engine.begin() as connection:
            for role in ROLES:
                people.add_user(connection, role, secret, role, 1, "the test")
        yield system


@pytest.fixture
def quick(monkeypatch) -> None:
    """Candidates are loaded, and not tried in a process of their own, which takes a second."""
    from counterpoise.predict import ExportedModel
    from counterpoise.service.promotion import promoting
    from counterpoise.service.promotion.keeping import Tried

    def tried(exported: Path, running: Path | None) -> Tried:
        return Tried(ExportedModel.load(exported), 1.0, 2.0)

    monkeypatch.setattr(promoting, "tried", tried)


@pytest.fixture
def record_seen(system, camera: int, jpeg) -> Callable[[list[int]], None]:
    """Have pictures of these greys analysed and recorded, without a device."""
    from counterpoise.service.analyzer.analysis import analyse
    from counterpoise.service.analyzer.frame import Frame
    from counterpoise.service.database.batch import Analysed, Batch, record

    def recorded(greys: list[int]) -> None:
        frames = [Frame(camera, jpeg(grey), k + 1) for k, grey in enumerate(greys)]
        results = [
            Analysed(
                camera, system.following.running, seen.frame.at, seen.label, seen.probability,
                seen.scores, system.pictures.put(camera, seen.frame.at, seen.frame.content),
                seen.width, seen.height, len(seen.frame.content),
            )
            for seen in analyse(system.model, frames)
        ]  # fmt: skip
        with system.engine.begin() as connection:
            record(connection, Batch(results=results), 1)

    return recorded


@pytest.fixture
def push(system, camera: int, jpeg) -> Callable[[int], None]:
    """Send so many frames, dark and light in turn, and wait for their results."""
    from sqlalchemy import func, select

    from counterpoise.errors import ArgumentError
    from counterpoise.service.database.tables import Result
    from counterpoise.service.runtime.failure import DeviceError

    def pushed(number: int, greys: tuple[int, ...] = (100, 150)) -> None:
        def there() -> int:
            with system.engine.connect() as connection:
                return connection.scalar(select(func.count()).select_from(Result)) or 0

        wanted = there() + number
        for turn in range(2000):
            if there() >= wanted:
                return
            with contextlib.suppress(ArgumentError, DeviceError):  # not followed yet, or too fast
                system.worker.push(camera, jpeg(greys[turn % len(greys)] + turn % 7))
            time.sleep(0.02)
        raise AssertionError("results never came")

    return pushed


@pytest.fixture
def pictured(system, camera: int, jpeg) -> list[int]:
    """Forty results of two cameras with their pictures, each of another grey."""
    import json

    from sqlalchemy import insert, select, update

    from counterpoise.service.database import cameras
    from counterpoise.service.database.cameras import CameraFields
    from counterpoise.service.database.tables import Model, Result

    begun = int(time.time() * 1e6) - 100_000_000
    with system.engine.begin() as connection:
        fields = CameraFields(name="<b>Quay</b>", kind="push", url="")
        other = cameras.add(connection, fields, 1, "the test")
        model = connection.scalar(select(Model.id))
        connection.execute(update(Model).values(classes=json.dumps(system.model.classes)))
    rows = []
    for number in range(40):
        grey, at = 6 * number + 3, begun + number * 1_000_000
        which = (camera, other)[number % 2]
        shares = np.array([1 - grey / 255, grey / 255], "<f4")
        rows.append(
            {
                "id": 100 + number, "camera_id": which, "model_id": model, "at": at,
                "recorded": at, "label": system.model.classes[int(shares.argmax())],
                "probability": float(shares.max()), "scores": shares.tobytes(),
                "picture": system.pictures.put(which, at, jpeg(grey)),
                "width": 32, "height": 24, "size": 700,
            }
        )  # fmt: skip
    with system.engine.begin() as connection:
        connection.execute(insert(Result), rows)
    return [row["id"] for row in rows]


@pytest.fixture
def wait_for_shadow(system) -> Callable[[int], None]:
    """Wait until the candidate that is shown frames saw so many."""
    from counterpoise.service.database import candidates

    def waited(number: int) -> None:
        limit = time.monotonic() + 30
        while True:
            run = system.worker.shadowing._run
            with system.engine.connect() as connection:
                found = candidates.shadowed(connection)
            assert run is not None
            assert found is not None
            if found.seen + run._saw.seen >= number:
                return
            assert time.monotonic() < limit
            time.sleep(0.02)

    return waited


# A server and a browser, for tests that see pages as a person does.

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
AXE = Path(__file__).parents[2] / ".npm/node_modules/axe-core/axe.min.js"
START = 300  # seconds, most of them to train


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, heard: Callable[..., str]
) -> Iterator[tuple[str, str]]:
    """Address and password of a demo."""
    folder = tmp_path_factory.mktemp("serve")
    process = subprocess.Popen(
        [sys.executable, "-m", "counterpoise.cli", "serve", "--demo", "--port", "0"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        said = heard(process, "Ctrl-C", START)
        address = re.search(r"http://\S+", said)
        password = re.search(r"password (\S+)", said)
        assert address is not None
        assert password is not None
        yield address[0], password[1]
        process.terminate()
        said = process.communicate(timeout=30)[0]
        assert said == "ending: what was fetched is analysed and recorded\n"
        assert process.returncode == 0
    finally:
        process.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    playwright.expect.set_options(timeout=30_000)
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=program, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def log_in() -> Callable:
    """Log a person in, and see the page that comes after it."""
    from playwright.sync_api import expect

    def logged_in(page, name: str, password: str) -> None:
        page.goto("/")
        page.fill("#name", name)
        page.fill("#password", password)
        page.click("main button")
        expect(page.locator("h1")).to_have_text("Cameras")

    return logged_in


@pytest.fixture(scope="module")
def admin(browser, server: tuple[str, str], log_in: Callable) -> Iterator:
    """A context of the browser in which the demo's admin is logged in."""
    context = browser.new_context(
        base_url=server[0], viewport={"width": 1280, "height": 1000}, bypass_csp=True
    )
    log_in(context.new_page(), "admin", server[1])
    yield context
    context.close()


@pytest.fixture(scope="session")
def faults_of() -> Callable:
    """What axe finds on a page that is serious, and whether it is wider than the window."""
    if not AXE.is_file():
        pytest.skip("axe-core is not there: npm install --prefix .npm axe-core")

    def found(page) -> list[str]:
        path = page.url.partition("/")[2]
        page.evaluate(AXE.read_text("utf-8"))
        violations = page.evaluate("axe.run().then(found => found.violations)")
        serious = [fault for fault in violations if fault["impact"] in ("serious", "critical")]
        faults = [f"{path}: {one['id']}: {one['nodes'][0]['html'][:100]}" for one in serious]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{path} is wider than the window")
        return faults

    return found


@pytest.fixture(scope="session")
def screenshot() -> Callable[..., None]:
    """Keep a picture of a page where COUNTERPOISE_SCREENSHOTS names a folder."""

    def taken(page, name: str) -> None:
        folder = os.environ.get("COUNTERPOISE_SCREENSHOTS")
        if folder:
            file = Path(folder) / f"{name}.png"
            page.screenshot(path=file, full_page=True)
            with Image.open(file) as image:
                small = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
            small.save(file, optimize=True)

    return taken


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's server of S3."""
    pytest.importorskip("s3fs", reason="needs the extra serve-s3: s3fs")
    server = pytest.importorskip("moto.server", reason="needs moto and flask")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def use_s3(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have this process, and those that it begins, find S3 at an address."""

    def use(address: str) -> None:
        for name, value in {
            "AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "a key",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_SECRET_ACCESS_KEY": "a secret", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()  # of another address

    return use


@pytest.fixture
def bucket(moto: str, use_s3: Callable[[str], None]) -> str:
    """A folder in a new bucket, as a URL."""
    use_s3(moto)
    import s3fs

    name = f"pictures{secrets.token_hex(4)}"
    s3fs.S3FileSystem().mkdir(name)
    return f"s3://{name}/some/where"
