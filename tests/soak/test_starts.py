"""Every function of the manifest starts alone, from what the Dockerfile's steps make; so does the gateway."""

import subprocess

import httpx
import pytest

from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.stack import end, wait_until_it_listens
from tests.starts import answers_alone
from tools.image import build
from tools.manifest import endpoints

#: Packages that bring libraries of their own, and what shows that these load. Functions import them when they need
#: them, which a start alone does not.
LIBRARIES = """
import io
import av, docx, firebase_admin, google.genai, icalendar, lxml.etree, twilio.rest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
made = io.BytesIO()
with av.open(made, "w", format="ogg") as sound:
    sound.add_stream("libopus", rate=48000)
Image.new("RGB", (8, 8)).save(io.BytesIO(), "JPEG")
page = Canvas(io.BytesIO()); page.drawString(9, 9, "x"); page.save()
"""


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_function_starts_alone(cloud, tmp_path, record_property) -> None:
    image = build(tmp_path / "image")
    specs = endpoints()
    for spec in specs:
        answers_alone(cloud, spec, tmp_path / f"{spec.name}.log", image)
    record_property("functions that start alone from the image and answer as themselves", len(specs))


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_gateway_and_the_libraries_are_in_the_image(cloud, tmp_path) -> None:
    image = build(tmp_path / "image")
    (_, folder, own), python = image.run(), str(image.at("/venv/bin/python"))
    clean = {name: value for name, value in cloud.child_environment().items() if not name.startswith("PYTHON")} | own
    subprocess.run([python, "-c", LIBRARIES], cwd=folder, env=clean, check=True, timeout=120)
    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
    log = tmp_path / "gateway.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            [python, "-m", "realtime"], cwd=folder, env=clean | {"PORT": str(port)}, stdin=subprocess.PIPE,
            stdout=sink, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_it_listens(process, port, log)
        assert httpx.get(f"http://127.0.0.1:{port}/health", timeout=60).status_code == 200
    finally:
        end(process, at_once=True)
