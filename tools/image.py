"""The Dockerfile's steps, run into a folder: the image as far as it can be had without a container runtime.

Reads the Dockerfile itself, so that it cannot say one thing and be tested for another. Three things differ from a
build: an absolute path lies below the stage's folder; `pip install -r` takes the packages from the running environment
(just those the requirements name, so that one missing there is missing here); users are not added. What the last stage
holds, and its command, is an `Image`. Used by `tests/frame/test_image.py` and by the cold start benchmark.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
#: Folders of an image that the steps may name; everything else of a real image is the base's.
OWN = ("/app", "/venv")


class ImageError(Exception):
    """The Dockerfile does something that cannot be run into a folder; the message says what."""


@dataclass(frozen=True)
class Step:
    """One instruction: its keyword in capitals, and the rest of the line."""

    keyword: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The rest as a shell would split it; the elements of a JSON form."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)

    @property
    def options(self) -> dict[str, str]:
        """`--name=value` before the arguments."""
        return dict(w[2:].split("=", 1) for w in self.words if w.startswith("--") and "=" in w)

    @property
    def arguments(self) -> list[str]:
        """The words that are no options."""
        return [w for w in self.words if not w.startswith("--")]


@dataclass
class Image:
    """What the last stage holds: `root` stands for `/`."""

    root: Path
    workdir: str = "/"
    user: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)

    def at(self, path: str) -> Path:
        """Where a path of the image lies."""
        return self.root / path.lstrip("/")

    def run(self, *arguments: str) -> tuple[list[str], Path, dict[str, str]]:
        """The image's command with `arguments`, the folder to run it in, and its environment on top of ours."""
        environ = {name: self._moved(value) for name, value in self.environ.items()}
        program = shutil.which(self.command[0], path=environ.get("PATH", os.defpath))
        if program is None:
            raise ImageError(f"the image has no {self.command[0]}")
        # The script names its interpreter by its path in the image.
        interpreter = Path(program).read_text().splitlines()[0].removeprefix("#!")
        command = [self._moved(interpreter), program, *self.command[1:], *arguments]
        return command, self.at(self.workdir), environ

    def _moved(self, text: str) -> str:
        return _below(self.root, text.replace("$PATH", os.environ.get("PATH", os.defpath)))


def steps(text: str) -> list[Step]:
    """The instructions of a Dockerfile, continuation lines joined."""
    kept = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\s*\n\s*", " ", "\n".join(kept))
    found = []
    for line in joined.splitlines():
        keyword, _, rest = line.strip().partition(" ")
        found.append(Step(keyword.upper(), rest.strip()))
    return found


def let_in(ignore: str, root: Path) -> list[str]:
    """Files of `root` that the `.dockerignore` text lets into the build, relative, sorted. The last match decides."""
    rules = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    found = []
    # Only what is named again after the leading `*` can come in: nothing else of the tree is walked.
    tops = {rule[1:].split("/")[0] for rule in rules if rule.startswith("!")}
    for top in sorted(tops):
        for path in [root / top, *(root / top).rglob("*")]:
            name = path.relative_to(root).as_posix()
            if path.is_file() and _comes_in(name, rules):
                found.append(name)
    return found


def _comes_in(name: str, rules: Iterable[str]) -> bool:
    inside = True
    for rule in rules:
        pattern, kept = (rule[1:], True) if rule.startswith("!") else (rule, False)
        if _matches(pattern, name):
            inside = kept
    return inside


def _matches(pattern: str, name: str) -> bool:
    """Whether the pattern names the file or a folder above it; `**/` is any number of folders."""
    tail = pattern.removeprefix("**/")
    parts = PurePosixPath(name).parts
    starts = range(len(parts)) if tail != pattern else range(1)
    size = len(PurePosixPath(tail).parts)
    return any(fnmatchcase("/".join(parts[start : start + size]), tail) for start in starts)


def build(into: Path, *, root: Path = ROOT) -> Image:
    """Run `root`/Dockerfile into `into` (which must not exist) and return the last stage. Raises `ImageError`."""
    context = let_in((root / ".dockerignore").read_text(), root)
    arguments: dict[str, str] = {}
    stages: dict[str, Image] = {}
    image: Image | None = None
    for step in steps((root / "Dockerfile").read_text()):
        if step.keyword == "ARG":
            name, _, value = step.rest.partition("=")
            arguments[name] = value
        elif step.keyword == "FROM":
            name = step.arguments[-1] if "AS" in [w.upper() for w in step.arguments] else "image"
            image = stages[name] = Image(into / name)
            image.root.mkdir(parents=True)
        elif image is None:
            raise ImageError(f"{step.keyword} comes before FROM")
        else:
            _apply(step, image, stages, context, root)
    if image is None:
        raise ImageError("there is no FROM")
    return image


def _apply(step: Step, image: Image, stages: dict[str, Image], context: list[str], root: Path) -> None:
    match step.keyword:
        case "WORKDIR":
            image.workdir = step.rest
            image.at(step.rest).mkdir(parents=True, exist_ok=True)
        case "COPY":
            _copy(step, image, stages, context, root)
        case "RUN":
            _run(step, image)
        case "USER":
            image.user = step.rest
        case "ENV":
            image.environ |= dict(word.split("=", 1) for word in step.words)
        case "CMD":
            image.command = step.words
        case "EXPOSE":
            pass
        case _:
            raise ImageError(f"{step.keyword} is not known here; teach tools/image.py what it does")


def _copy(step: Step, image: Image, stages: dict[str, Image], context: list[str], root: Path) -> None:
    *sources, target = step.arguments
    for source in sources:
        if "from" in step.options:
            below = stages[step.options["from"]].at(source)
            shutil.copytree(below, image.at(target), symlinks=True, dirs_exist_ok=True)
            continue
        name = source.strip("./").rstrip("/")
        files = [f for f in context if f == name or f.startswith(f"{name}/")]
        if not files:
            raise ImageError(f"COPY {source}: .dockerignore lets nothing of that name in")
        below = image.at(str(PurePosixPath(image.workdir) / target))
        for file in files:
            inner = file.removeprefix(name).lstrip("/")
            if not inner:  # a file: into the target when that is a folder, else under the target's own name
                inner = Path(name).name if target.endswith("/") or below.is_dir() else ""
            exact = below / inner if inner else below
            exact.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / file, exact)


def _run(step: Step, image: Image) -> None:
    words = step.words
    if "pip" in words and "install" in words:
        requirements = image.at(image.workdir) / words[words.index("-r") + 1]
        _install(requirements.read_text(), image.at("/venv"))
    elif words[0] == "useradd":
        return  # needs a machine of its own; that the image runs as this user is a rule of the test
    else:
        # A step may change what is outside of its stage only in a real build: here that is somebody's machine.
        if foreign := re.search(rf"(?<![\w./-])/(?!({'|'.join(o[1:] for o in OWN)})\b)\w[\w./*-]*", step.rest):
            raise ImageError(f"RUN {step.rest} names {foreign[0]}, which is not the image's own")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environ["PATH"] = f"{Path(sys.executable).resolve().parent}:{os.environ.get('PATH', os.defpath)}"
        done = subprocess.run(
            ["/bin/sh", "-c", _below(image.root, step.rest)], cwd=image.at(image.workdir), env=environ,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise ImageError(f"RUN {step.rest} failed:\n{done.stdout}{done.stderr}")


def _below(root: Path, text: str) -> str:
    """`text` with the image's own absolute paths below `root`."""
    pattern = r"(?<![\w.-])(" + "|".join(re.escape(folder) for folder in OWN) + r")(?=[/\s:]|$)"
    return re.sub(pattern, lambda found: f"{root}{found[1]}", text)


def _install(requirements: str, venv: Path) -> None:
    """Put the packages that `requirements` pins into `venv`, from the environment this runs in."""
    packages = next(venv.glob("lib/python*/site-packages"))
    for name in pinned(requirements):
        for path, file in _files(distribution(name)):
            target = packages / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                # A copy: a hard link would share its permissions with the environment this runs in.
                shutil.copy(file, target)
        for entry in distribution(name).entry_points.select(group="console_scripts"):
            script = venv / "bin" / entry.name
            module, _, function = entry.value.partition(":")
            script.write_text(_SCRIPT.format(module=module, function=function))
            script.chmod(0o755)


_SCRIPT = "#!/venv/bin/python\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"


def pinned(requirements: str) -> Iterator[str]:
    """Names in a requirements file that apply to this interpreter."""
    from packaging.requirements import Requirement

    joined = re.sub(r"\\\s*\n\s*", " ", requirements)
    for line in joined.splitlines():
        text = line.split("--hash")[0].split(" #")[0].strip()
        if text and not text.startswith(("#", "-")):
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name


def _files(package: Distribution) -> Iterator[tuple[str, Path]]:
    for file in package.files or ():
        # Outside site-packages are scripts; bytecode is what the image is about to make itself.
        if not str(file).startswith("..") and file.suffix != ".pyc":
            found = Path(str(package.locate_file(file)))
            if found.is_file():
                yield str(file), found
