"""What the speech image promises, on each kind of virtual machine."""

import os
import socket
import struct
import time

from guest import (BUSYBOX, IDENTITY_SERVICE, OVMF, Guest, check, free_port, listening, press_power, processes, wait_for)

DATA = "/usr/share/pocketsphinx/test/data"
SENTENCE = f"{DATA}/librivox/sense_and_sensibility_01_austen_64kb-0920.wav"
WORDS = "had he married a more amiable woman he might have been made still "
COMMAND = f"{DATA}/cards/001.wav"  # does not belong to the grammar; what it is taken for does
JAVA = "/usr/lib/speech/runtime/bin/java"
WORKER = "/usr/lib/kdcloudlet/speech-worker"
DICTATION, COMMANDS, DIGITS = 9001, 9002, 9003


class SpeechGuest(Guest):
    memory_mib = 512
    ask_again = 0.5
    boot_deadline = 600  # half a minute on an idle machine: models are loaded and warmed up

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.ports = {port: free_port() for port in (DICTATION, COMMANDS, DIGITS)}

    def forwards(self):
        return ",".join(f"hostfwd=tcp:127.0.0.1:{host}-:{guest}" for guest, host in self.ports.items())

    def connect(self, port, timeout=300):
        return socket.create_connection(("127.0.0.1", self.ports[port]), timeout)

    def answers(self):
        """QEMU accepts whether the guest listens or not; only the service refuses a length that is none with a reason."""
        self.check_running()
        try:
            with self.connect(COMMANDS, 2) as client:
                client.sendall(struct.pack(">q", 0))
                return reply(client).startswith("Speech error: ")
        except (OSError, EOFError):
            return False

    def recognize(self, port, data):
        with self.connect(port) as client:
            client.sendall(struct.pack(">q", len(data)) + data)
            return reply(client)


def receive(client, count):
    received = b""
    while len(received) < count:
        now = client.recv(count - len(received))
        if not now:
            raise EOFError("closed")
        received += now
    return received


def reply(client):
    return receive(client, struct.unpack(">i", receive(client, 4))[0]).decode()


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def check_recognition(guest):
    text = guest.recognize(DICTATION, contents(SENTENCE))
    check(text.startswith(f"Speech output: {WORDS}"), text)
    for port in (COMMANDS, DIGITS):
        text = guest.recognize(port, contents(COMMAND))
        check(text.startswith("Speech output: "), f"port {port}: {text}")


def check_refusals(guest):
    for length in (0, -1, 2**62, 10 * 1024 * 1024 + 1):
        with guest.connect(DICTATION) as client:
            client.sendall(struct.pack(">q", length))
            check(reply(client).startswith("Speech error: The length"), f"length {length}")
            check(client.recv(1) == b"", f"length {length}: the connection stays open")
    for data in (b"no recording", b"RIFF\xff\xff\xff\xffWAVEfmt ", os.urandom(100_000), contents(COMMAND)[:40]):
        text = guest.recognize(DICTATION, data)
        check(text.startswith("Speech error: ") and text.isprintable(), f"{data[:20]}: {text}")
    with guest.connect(DICTATION) as client:
        client.sendall(struct.pack(">q", 1000) + b"goes away")


def check_slow_clients(guest):
    """Those that say nothing, or not all, keep nobody waiting."""
    silent = [guest.connect(COMMANDS) for _ in range(20)]
    try:
        for client in silent[::2]:
            client.sendall(struct.pack(">q", 10_000) + b"RIFF")
        text = guest.recognize(COMMANDS, contents(COMMAND))
        check(text.startswith("Speech output: "), text)
    finally:
        for client in silent:
            client.close()


def check_ports_and_processes(guest):
    sockets = listening(guest)
    check(sockets == {"tcp": {DICTATION, COMMANDS, DIGITS}, "udp": set()}, f"listening: {sockets}")
    users = processes(guest)
    allowed = {"init", JAVA, WORKER, "/usr/sbin/qemu-ga", IDENTITY_SERVICE, BUSYBOX}
    check(users.keys() <= allowed, f"processes: {users}")
    check(users[JAVA] == users[WORKER] == {"service"}, "the service has privileges")


def check_lost_recognizers(guest):
    """The kernel may end a recognizer, and the service's own processes may fail: all come back."""
    guest.run(BUSYBOX, "killall", "-KILL", "speech-worker")

    def recognized():
        try:
            return guest.recognize(COMMANDS, contents(COMMAND)).startswith("Speech output: ")
        except (OSError, EOFError):
            return False

    guest.run(BUSYBOX, "killall", "-KILL", "java")
    wait_for(recognized, 240, "an answer after the service was killed")


def check_spool(guest):
    left = guest.run(BUSYBOX, "ls", "-A", "/var/spool/speech")[1]
    check(left == "", f"files are left: {left}")


def check_identity_port(guest):
    with guest.identity_port() as port:
        check(port.ask(f"identity time={time.time():.9f} hostname=speaker".encode()) == "ok", "identity")
    check(guest.run(BUSYBOX, "cat", "/etc/hostname")[1] == "speaker\n", "/etc/hostname")


def test_pc(image):
    with SpeechGuest(image) as guest:
        check_recognition(guest)
        check_refusals(guest)
        check_slow_clients(guest)
        check_ports_and_processes(guest)
        check_spool(guest)
        check_identity_port(guest)
        check_lost_recognizers(guest)
        press_power(guest)
        return f"boot {guest.boot_seconds:.1f} s"


def boots_and_recognizes(image, **options):
    with SpeechGuest(image, **options) as guest:
        text = guest.recognize(COMMANDS, contents(COMMAND))
        check(text.startswith("Speech output: "), text)
        press_power(guest)
        return f"boot {guest.boot_seconds:.1f} s"


def test_legacy(image):
    return boots_and_recognizes(image, legacy=True)


def test_uefi(image):
    check(os.path.exists(OVMF), f"{OVMF} is missing: install the Debian package ovmf")
    return boots_and_recognizes(image, machine="q35", uefi=True)


TESTS = [
    ("pc, BIOS, virtio", test_pc),
    ("pc, BIOS, IDE and rtl8139, no serial port, no agent", test_legacy),
    ("q35, UEFI, virtio", test_uefi),
]
