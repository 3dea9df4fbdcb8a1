# SPDX-License-Identifier: MIT
"""This machine's root directory with a layer above it that takes all changes and is gone with the process: what installs
packages is tried there, and nothing of the machine changes. Needs root, and a kernel with overlayfs."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

INSIDE = "SCIMCTL_MOUNT_NAMESPACE"
ENTER = ["unshare", "--mount", "--propagation", "private"]
SHARED = ("proc", "dev", "sys")


def enter():
    """Goes on in a mount namespace of its own; a reason if there cannot be one."""
    if INSIDE in os.environ:
        return None
    if os.geteuid() != 0:
        return "only root can mount"
    if shutil.which("unshare") is None or subprocess.run([*ENTER, "true"], capture_output=True).returncode != 0:
        return "there is no mount namespace to be had"
    os.execvpe(ENTER[0], [*ENTER, sys.executable, *sys.argv], dict(os.environ, **{INSIDE: "1"}))


class Root:
    """A fresh layer. Mounted until close()."""

    def __init__(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="root"))
        self.path = self.base / "r"
        self._mounted = []
        try:
            self._mount("-t", "tmpfs", "layer", self.base)
            for name in ("upper", "work", "r"):
                (self.base / name).mkdir()
            self._mount("-t", "overlay", "root", "-o", "lowerdir=/,upperdir=%s,workdir=%s" %
                        (self.base / "upper", self.base / "work"), self.path)
            for name in SHARED:
                self._mount("--rbind", "/" + name, self.path / name)
            self._mount("-t", "tmpfs", "run", self.path / "run")
            self._mount("-t", "tmpfs", "tmp", self.path / "tmp")
        except BaseException:
            self.close()
            raise

    def _mount(self, *arguments):
        done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise OSError(done.stderr.strip())
        self._mounted.append(arguments[-1])

    def close(self):
        for place in reversed(self._mounted):
            subprocess.run(["umount", "--lazy", place], check=False)
        self._mounted.clear()
        self.base.rmdir()

    def __truediv__(self, absolute):
        return self.path / str(absolute).lstrip("/")

    def command(self, *argv, user=None):
        """As argv of a process in there."""
        return ["chroot", *(["--userspec=%s:" % user] if user else []), str(self.path), *map(str, argv)]

    def run(self, *argv, user=None, **options):
        return subprocess.run(self.command(*argv, user=user), capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
