# SPDX-License-Identifier: MIT
"""What systemd is to scim-fcgi: holds its socket, hears from it, keeps what it is to keep, and starts the next one."""
import array
import contextlib
import os
import socket
import subprocess
import sys

import harness

# Descriptors come in at any number, and are to be 3, 4, ...; LISTEN_PID is known after fork only.
LAUNCHER = """
import fcntl, os, sys
given = [int(n) for n in sys.argv[1].split(",")]
# First out of the way of each other.
moved = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100 + len(given)) for fd in given]
for place, fd in enumerate(moved):
    os.dup2(fd, 3 + place, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(given)))
os.execv(sys.argv[2], sys.argv[2:])
"""


class ServiceManager(contextlib.ExitStack):
    """`keeps`: how many connections it keeps between two processes, as FileDescriptorStoreMax= says."""

    def __init__(self, site, keeps=512):
        super().__init__()
        self.site, self.keeps = site, keeps
        self.kept = []
        self.listener = self.enter_context(socket.socket(socket.AF_UNIX))
        self.listener.bind(site.socket)
        self.listener.listen(socket.SOMAXCONN)
        self.ear = self.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.ear.settimeout(harness.PATIENCE)
        self.address = str(site.directory / "notify")
        self.ear.bind(self.address)
        self.callback(self.forget)
        self.program = None

    def forget(self):
        for fd in self.kept:
            os.close(fd)
        self.kept = []

    def start(self, *arguments):
        """Returns when it is ready."""
        fds = [self.listener.fileno(), *self.kept]
        self.program = self.site.start(
            [sys.executable, "-c", LAUNCHER, ",".join(map(str, fds)), harness.SCIM_FCGI, "--config", self.site.config, *arguments],
            "scim.log", pass_fds=fds, env=dict(os.environ, NOTIFY_SOCKET=self.address))
        self.hear("READY=1")
        if self.kept:
            raise AssertionError("the connections that it was given are kept, too: nobody would see their end")
        return self.program

    def hear(self, wanted):
        """The next message, keeping what is to be kept on the way."""
        while True:
            data, control, _, _ = self.ear.recvmsg(4096, socket.CMSG_SPACE(4 * 253))
            fds = array.array("i")
            for _, _, content in control:
                fds.frombytes(content)
            lines = data.decode().split("\n")
            if "FDSTORE=1" in lines:
                room = max(0, self.keeps - len(self.kept))
                self.kept.extend(fds[:room])
                fds = fds[room:]
            for fd in fds:
                os.close(fd)
            if "FDSTOREREMOVE=1" in lines:
                self.forget()
            if wanted in lines:
                return lines
            if not {"BARRIER=1", "FDSTORE=1", "FDSTOREREMOVE=1"} & set(lines):
                raise AssertionError("%r instead of %s\n%s" % (lines, wanted, self.program.log.read_text()[-2000:]))

    def reload(self):
        """SIGHUP, until it is done; what it said of it."""
        self.program.process.send_signal(1)
        said = self.hear("RELOADING=1")
        self.hear("READY=1")
        return said

    def stop(self):
        """SIGTERM, until it has ended, with status 0."""
        self.program.process.terminate()
        self.hear("STOPPING=1")
        self.ear.settimeout(0.05)
        try:
            while self.program.running():
                with contextlib.suppress(TimeoutError, BlockingIOError):
                    self.hear("BARRIER=1")
        finally:
            self.ear.settimeout(harness.PATIENCE)
        if self.program.wait() != 0:
            raise AssertionError(self.program.log.read_text()[-2000:])

    def restart(self, *arguments):
        self.stop()
        return self.start(*arguments)
