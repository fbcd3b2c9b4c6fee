"""A guest under test: QEMU with an overlay over the image, its QMP, its guest agent and its HTTP service."""

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
IDENTITY_PORT = "org.kdcloudlet.identity.0"
IDENTITY_SERVICE = "/usr/lib/kdcloudlet/identity-service"
BUSYBOX = "/bin/busybox"


class Failure(Exception):
    """A check did not hold."""


def check(condition, message):
    if not condition:
        raise Failure(message)


def wait_for(condition, seconds, what, pause=0.02):
    """Returns the first true value of condition(); fails after a deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(pause)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(30)
        connection.connect(path)
        return connection
    except BaseException:
        connection.close()
        raise


class Channel:
    """Lines of JSON over a Unix socket: QMP and the guest agent speak both that way."""

    def __init__(self, path):
        self.socket = connect(path)
        self.lines = self.socket.makefile("rb")

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def call(self, command, **arguments):
        self.send({"execute": command, "arguments": arguments})
        while True:
            line = self.lines.readline()
            check(line, f"{command}: connection lost")
            reply = json.loads(line.lstrip(b"\xff"))
            if "error" in reply:
                raise Failure(f"{command}: {reply['error'].get('desc')}")
            if "return" in reply:
                return reply["return"]

    def close(self):
        self.lines.close()
        self.socket.close()


class IdentityPort:
    """The host's end of the identity service's port."""

    def __init__(self, path):
        self.socket = connect(path)
        self.lines = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        line = self.lines.readline()
        check(line.endswith(b"\n"), "identity port: connection lost")
        return line.decode().rstrip("\n")

    def ask(self, line):
        self.send(b"\n" + line + b"\n")
        return self.answer()

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Guest:
    """Use as a context manager: leaving it ends QEMU and removes its files, whatever happened."""

    memory_mib = 256
    boot_deadline = 120  # seconds
    ask_again = 0.02  # seconds; what asks often has the guest answer often, which takes time from its boot

    def __init__(self, image, machine="pc", legacy=False, uefi=False, restrict=True):
        self.image, self.machine, self.legacy, self.uefi = image, machine, legacy, uefi
        self.restrict = "on" if restrict else "off"
        self.folder = tempfile.mkdtemp(prefix="image-test-")
        self.port, self.echo_port, self.udp_port = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
        self.process = self.qmp = self.agent = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def forwards(self):
        return (f"hostfwd=tcp:127.0.0.1:{self.port}-:8080,hostfwd=tcp:127.0.0.1:{self.echo_port}-:8082,"
                f"hostfwd=udp:127.0.0.1:{self.udp_port}-:8081")

    def command(self):
        network = "rtl8139" if self.legacy else "virtio-net-pci"
        command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", self.machine, "-m", str(self.memory_mib), "-display", "none",
                   "-nodefaults", "-no-reboot", "-qmp", f"unix:{self.path('qmp')},server=on,wait=off",
                   "-drive", f"file={self.path('disk.qcow2')},if={'none' if self.machine == 'q35' else 'ide' if self.legacy else 'virtio'},id=disk",
                   "-nic", f"user,restrict={self.restrict},model={network},mac=52:54:00:00:00:01,{self.forwards()}"]
        if self.machine == "q35":
            command += ["-device", "virtio-blk-pci,drive=disk"]
        if self.legacy:
            command += ["-vga", "std"]
        else:
            command += ["-serial", f"file:{self.path('serial')}", "-device", "virtio-serial", "-device",
                        "virtserialport,chardev=agent,name=org.qemu.guest_agent.0", "-chardev",
                        f"socket,id=agent,path={self.path('agent')},server=on,wait=off", "-chardev",
                        f"socket,id=identity,path={self.path('identity')},server=on,wait=off", "-device",
                        f"virtserialport,id=identity-port,chardev=identity,name={IDENTITY_PORT}", "-device", "virtio-rng-pci"]
        if self.uefi:
            shutil.copy(OVMF_VARIABLES, self.path("variables.fd"))
            command += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}",
                        "-drive", f"if=pflash,format=raw,file={self.path('variables.fd')}"]
        return command

    def __enter__(self):
        try:
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b",
                            os.path.abspath(self.image), self.path("disk.qcow2")], check=True)
            with open(self.path("log"), "wb") as log:
                self.started = time.monotonic()
                self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.qmp = wait_for(self.connect_qmp, 30, "QMP socket")
            self.qmp.call("qmp_capabilities")
            wait_for(self.answers, self.boot_deadline, "first answer", self.ask_again)
            self.boot_seconds = time.monotonic() - self.started
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
        for channel in (self.qmp, self.agent):
            if channel is not None:
                channel.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def check_running(self):
        if self.process.poll() is not None:
            with open(self.path("log"), encoding="utf-8", errors="replace") as log:
                raise Failure(f"QEMU ended: {log.read().strip()}")

    def connect_qmp(self):
        self.check_running()
        try:
            return Channel(self.path("qmp"))
        except (FileNotFoundError, ConnectionRefusedError):  # QEMU has not come to bind, or to listen
            return None

    def request(self, method, path, body=None, timeout=30, headers=None):
        """Returns status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def answers(self):
        self.check_running()
        try:
            # QEMU accepts at once and then asks the guest again only after seconds: better to connect anew.
            return self.request("GET", "/healthz", timeout=0.4)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def inspect(self, data, path="/"):
        status, headers, body = self.request("POST", path, data)
        check(status == 200, f"POST {path}: status {status}")
        check(headers["Content-Type"] == "application/json", "not application/json")
        check(headers["Content-Length"] == str(len(body)), "Content-Length is missing or wrong")
        return json.loads(body)

    def connect_agent(self):
        """Opens the agent's channel. What is sent before the agent opened its end is lost, so ask until it answers."""
        if self.agent is None:
            self.agent = Channel(self.path("agent"))
            self.agent.socket.settimeout(1)
            wait_for(self.synchronize, 30, "guest agent")
            self.agent.socket.settimeout(30)
            self.agent.lines = self.agent.socket.makefile("rb")
        return self.agent

    def synchronize(self):
        token = time.monotonic_ns() % 2**31
        self.agent.send({"execute": "guest-sync", "arguments": {"id": token}})
        received = b""
        try:
            while b"%d" % token not in received or not received.endswith(b"\n"):
                received += self.agent.socket.recv(1000)
            return True
        except TimeoutError:
            return False

    def run(self, path, *arguments, data=None):
        """Runs a program in the guest. Returns exit status, standard output and standard error."""
        extra = {} if data is None else {"input-data": base64.b64encode(data).decode()}
        agent = self.connect_agent()
        pid = agent.call("guest-exec", path=path, arg=list(arguments), **{"capture-output": True}, **extra)["pid"]

        def status():
            reply = agent.call("guest-exec-status", pid=pid)
            return reply if reply["exited"] else None

        reply = wait_for(status, 20, path)
        texts = [base64.b64decode(reply.get(name, "")).decode(errors="replace") for name in ("out-data", "err-data")]
        return reply.get("exitcode"), *texts

    def identity_port(self):
        return IdentityPort(self.path("identity"))

    def wait_for_end(self, seconds):
        wait_for(lambda: self.process.poll() is not None, seconds, "end of QEMU")
        check(self.process.returncode == 0, f"QEMU ended with status {self.process.returncode}")


def listening(guest):
    """The ports on which something in the guest listens, by protocol."""
    sockets = {}
    for table in ("tcp", "udp", "tcp6", "udp6"):
        output = guest.run(BUSYBOX, "cat", f"/proc/net/{table}")[1]
        rows = [line.split() for line in output.splitlines()[1:]]
        ports = {int(row[1].split(":")[1], 16) for row in rows if table.startswith("udp") or row[3] == "0A"}
        sockets.setdefault(table[:3], set()).update(ports)
    return sockets


def processes(guest):
    """The programs that run in the guest, and as which users."""
    users = {}
    for line in guest.run(BUSYBOX, "ps", "-o", "user,args")[1].splitlines()[1:]:
        user, program = line.split()[:2]
        if not program.startswith("["):
            users.setdefault(program, set()).add(user)
    return users


def check_clean_disk(guest):
    """After the end: the root file system was left clean, and the overlay is sound."""
    subprocess.run(["qemu-img", "check", "-q", guest.path("disk.qcow2")], check=True)
    raw = guest.path("disk.raw")
    subprocess.run(["qemu-img", "convert", "-O", "raw", guest.path("disk.qcow2"), raw], check=True)
    with open(raw, "rb") as disk:
        disk.seek(446 + 16 + 8)
        start = int.from_bytes(disk.read(4), "little") * 512
        disk.seek(start + 1024 + 58)
        state = int.from_bytes(disk.read(2), "little")
        disk.seek(start + 1024 + 96)
        needs_recovery = int.from_bytes(disk.read(4), "little") & 4
    check(state == 1 and not needs_recovery, "the root file system was not unmounted cleanly")


def press_power(guest):
    """The driver of the button is loaded after the service was started."""
    def ended():
        guest.qmp.call("system_powerdown")
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline and guest.process.poll() is None:
            time.sleep(0.02)
        return guest.process.poll() is not None
    try:
        wait_for(ended, 30, "power off by button")
    except (Failure, OSError):
        guest.wait_for_end(10)
    check_clean_disk(guest)
