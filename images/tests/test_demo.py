"""What the demo image promises, on each kind of virtual machine."""

import hashlib
import json
import os
import socket
import subprocess
import time
import zlib

import http.client

from guest import (BUSYBOX, IDENTITY_PORT, IDENTITY_SERVICE, OVMF, Guest, IdentityPort, check, check_clean_disk,
                   listening, press_power, processes, wait_for)

HOOK = "/usr/lib/kdcloudlet/new-identity"
SAMPLE = "/usr/bin/qemu-img"  # a real program of a megabyte or more that the build needs anyway
MEBIBYTE = 1024 * 1024


def wc(data):
    output = subprocess.run(["wc", "-l", "-w"], input=data, capture_output=True, check=True, env={"LC_ALL": "C"}).stdout
    return [int(word) for word in output.split()]


def check_inspection(guest, data, path="/"):
    """Compares an answer with what this machine's own tools say about the same bytes."""
    report = guest.inspect(data, path)
    digest = subprocess.run(["sha256sum"], input=data, capture_output=True, check=True).stdout.split()[0].decode()
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
    expected = {"size": len(data), "sha256": digest, "lines": wc(data)[0], "words": wc(data)[1],
                "gzip_size": len(compressor.compress(data) + compressor.flush())}
    for name, value in expected.items():
        check(report[name] == value, f"{name}: {report[name]} instead of {value}")
    return report


def check_inspections(guest):
    with open(SAMPLE, "rb") as sample:
        data = sample.read()
    report = check_inspection(guest, data)
    check(report["type"].startswith("ELF 64-bit"), report["type"])
    check(report["mime"] in ("application/x-pie-executable", "application/x-sharedlib"), report["mime"])
    text = b"a line of text\n  and another, \xc3\xa4\n\nwithout an end" * 50
    check(check_inspection(guest, text, "/inspect")["mime"] == "text/plain", "not text/plain")
    check(check_inspection(guest, b"")["size"] == 0, "empty body")
    for name in ("host", "kernel", "machine_id", "boot_id", "time", "uptime_seconds", "served"):
        check(name in report, f"no {name}")
    check(report["mac"] == "52:54:00:00:00:01", report["mac"])
    check(len(report["random"]) == 32 and report["random"] != guest.inspect(b"")["random"], "random does not change")
    stated = time.strptime(report["time"][:19], "%Y-%m-%dT%H:%M:%S")
    check(abs(time.mktime(stated) - time.mktime(time.gmtime())) < 10, f"time is {report['time']}")


def check_refusals(guest):
    for method, path, status in (("GET", "/nothing", 404), ("POST", "/nothing", 404), ("DELETE", "/", 405),
                                 ("PUT", "/inspect", 405), ("POST", "/healthz", 405), ("GET", "/inspect", 405),
                                 ("GET", "/probe-network", 405), ("POST", "/probe-network", 400)):
        got = guest.request(method, path)[0]
        check(got == status, f"{method} {path}: {got} instead of {status}")
    headers = {"Content-Length": str(64 * MEBIBYTE + 1)}
    check(guest.request("POST", "/", b"x", headers=headers)[0] == 413, "a body too large is not 413")
    with socket.create_connection(("127.0.0.1", guest.port), 10) as client:
        client.sendall(b"no http at all\r\n\r\n")
        check(b" 400 " in client.recv(100), "nonsense is not 400")


def check_exchange(guest):
    host = json.loads(guest.request("GET", "/")[2])["hostname"]
    with socket.create_connection(("127.0.0.1", guest.echo_port), 10) as client, client.makefile("rb") as lines:
        check(lines.readline() == f"hello {host}\n".encode(), "no greeting")
        client.sendall(b"some ")
        client.sendall(b"line\nnext\n")
        check(lines.readline() + lines.readline() == b"some line\nnext\n", "no echo")


def check_datagrams(guest):
    """Only without restrict=on: QEMU 7.2's user network then drops what the guest answers over UDP."""
    host = json.loads(guest.request("GET", "/")[2])["hostname"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(b"ping\n", ("127.0.0.1", guest.udp_port))
        check(client.recv(100) == f"pong {host}\n".encode(), "no pong")


def check_slow_clients(guest):
    """Silent and half-finished clients keep nobody waiting, and are sent away."""
    silent = [socket.create_connection(("127.0.0.1", guest.port), 30) for _ in range(30)]
    try:
        for client in silent[::2]:
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        started = time.monotonic()
        guest.inspect(b"others are served")
        check(time.monotonic() - started < 5, "a request waited for silent clients")
        for client in silent:
            while client.recv(1000):
                pass
        check(time.monotonic() - started < 30, "silent clients are not timed out")
    finally:
        for client in silent:
            client.close()


def check_large_body(guest):
    data = os.urandom(MEBIBYTE) + b"words and lines\n" * (15 * MEBIBYTE // 16)
    check(guest.inspect(data)["sha256"] == hashlib.sha256(data).hexdigest(), "wrong digest of a large body")


def check_probe(guest):
    body = b"10.0.2.2 22\n127.0.0.1 8080\n127.0.0.1 9\n"
    status, _, answer = guest.request("POST", "/probe-network", body)
    check(status == 200, f"probe: status {status}")
    results = [entry["result"] for entry in json.loads(answer)]
    check(results[0] != "connected", "the host's loopback is reachable in spite of restrict=on")
    check(results[1:] == ["connected", "refused"], f"probe: {results}")


def check_ports_and_processes(guest):
    sockets = listening(guest)
    check(sockets == {"tcp": {8080, 8082}, "udp": {8081}}, f"listening: {sockets}")
    users = processes(guest)
    allowed = {"init", "/usr/bin/demo", "/usr/sbin/qemu-ga", IDENTITY_SERVICE, BUSYBOX}
    check(users.keys() <= allowed, f"processes: {users}")
    check(users["/usr/bin/demo"] == {"service"}, "the service has privileges")


def check_agent(guest):
    agent = guest.connect_agent()
    handle = agent.call("guest-file-open", path="/tmp/written", mode="w")
    agent.call("guest-file-write", handle=handle, **{"buf-b64": "aGVsbG8K"})
    agent.call("guest-file-close", handle=handle)
    check(guest.run(BUSYBOX, "cat", "/tmp/written") == (0, "hello\n", ""), "file was not written")
    agent.call("guest-set-time", time=1_700_000_000 * 10**9)
    check(guest.inspect(b"")["time"].startswith("2023-11-14T22:13:2"), "guest-set-time did not set the time")


def check_identity(guest):
    before = guest.inspect(b"")
    machine_id, mac = "0123456789abcdef" * 2, "52:54:00:aa:bb:cc"
    started = time.monotonic()
    result = guest.run(HOOK, "--time", f"{time.time():.9f}", "--hostname", "clone-7", "--machine-id", machine_id,
                       "--mac", mac, data=os.urandom(64))
    millis = (time.monotonic() - started) * 1000
    check(result == (0, "", ""), f"hook: {result}")
    after = guest.inspect(b"")
    expected = {"host": "clone-7", "machine_id": machine_id, "mac": mac, "boot_id": before["boot_id"]}
    check({name: after[name] for name in expected} == expected, f"identity: {after}")
    check(abs(http_time(after) - time.time()) < 2, f"time: {after['time']}")
    check(guest.run(BUSYBOX, "cat", "/etc/hostname")[1] == "clone-7\n", "/etc/hostname")
    check_hook_refusals(guest)
    return f"hook {millis:.0f} ms"


def check_identity_port(guest):
    with guest.identity_port() as port:
        machine_id, mac = "fedcba9876543210" * 2, "52:54:00:0a:0b:0c"
        started = time.monotonic()
        answer = port.ask(f"identity mac={mac} time={time.time():.9f} entropy={os.urandom(64).hex()} "
                          f"machine-id={machine_id} hostname=a-name-that-is-rather-long".encode())
        millis = (time.monotonic() - started) * 1000
        check(answer == "ok", f"identity: {answer}")
        after = guest.inspect(b"")
        expected = {"host": "a-name-that-is-rather-long", "machine_id": machine_id, "mac": mac}
        check({name: after[name] for name in expected} == expected, f"identity: {after}")
        check(abs(http_time(after) - time.time()) < 2, f"time: {after['time']}")
        check(port.ask(b"identity hostname=short") == "ok", "another name")
        names = guest.run(BUSYBOX, "cat", "/etc/hostname", "/etc/machine-id")[1]
        check(names == f"short\n{machine_id}\n", f"names in /etc: {names}")
        check(guest.run(HOOK, "--hostname", "by-hook")[0] == 0 and port.ask(b"identity") == "ok", "hook and port")
        check_port_refusals(guest, port)
        check_port_lines(guest, port)
    check_port_reconnection(guest)
    return f"port {millis:.0f} ms"


def check_port_refusals(guest, port):
    wrong = (b"identify", b"identity ", b" identity", b"identity  hostname=a", b"identity hostname",
             b"identity colour=red", b"identity hostname=", b"identity hostname=-a", b"identity hostname=a_b",
             b"identity hostname=" + b"x" * 64,
             b"identity hostname=a hostname=b", b"identity time=soon", b"identity time=-5", b"identity time=1.",
             b"identity machine-id=" + b"0" * 32, b"identity machine-id=12", b"identity mac=52:54:00:aa:bb",
             b"identity mac=01:00:00:00:00:01", b"identity hostname=other mac=nonsense", b"identity entropy=",
             b"identity entropy=abc", b"identity entropy=xy", b"identity entropy=" + b"00" * 65,
             b"identity hostname=a\0b", b"identity hostname=a\r", b"\xff\xfe\x01=1",
             b"identity hostname=a " + b"x" * 1024, b"x" * 20000)
    for line in wrong:
        answer = port.ask(line)
        check(answer.startswith("failed ") and answer.isprintable(), f"{line[:60]}: {answer}")
    check(guest.inspect(b"")["host"] == "by-hook", "a refused request changed the host name")


def check_port_lines(guest, port):
    """Lines do not depend on how they are cut into pieces, and one that was begun before does no harm."""
    send_and_wait(guest, port, b"identity hostname=begun")
    check(port.ask(b"identity hostname=begun-anew") == "ok", "a line after an incomplete one")
    send_and_wait(guest, port, b"identity hostname=b" + b"x" * 2000)
    check(port.ask(b"identity") == "ok", "a line after an incomplete one that is too long")
    send_and_wait(guest, port, b"identity host")
    send_and_wait(guest, port, b"name=pieces")
    port.send(b"\n")
    check(port.answer() == "ok" and guest.inspect(b"")["host"] == "pieces", "a line in pieces")
    port.send(b"\nidentity hostname=one\n\nnonsense\nidentity hostname=two\n")
    answers = [port.answer() for _ in range(3)]
    check(answers == ["ok", "failed unknown request", "ok"], f"three lines: {answers}")
    check(guest.inspect(b"")["host"] == "two", "the last of three lines")


def service_file(guest, name):
    pid = guest.run(BUSYBOX, "pidof", "identity-service")[1].strip()
    return guest.run(BUSYBOX, "cat", f"/proc/{pid}/{name}")[1]


def sleeps(guest):
    """Whether the service waits without a timeout: system call rt_sigtimedwait, its third argument zero."""
    call = service_file(guest, "syscall").split()
    return call[0] == "128" and call[3] == "0x0"


def wakeups(guest):
    """How often the service was given the processor, and its processor time: (switches, ticks)."""
    status = service_file(guest, "status").split()
    switches = int(status[status.index("voluntary_ctxt_switches:") + 1])
    fields = service_file(guest, "stat").rsplit(")", 1)[1].split()
    return switches, int(fields[11]) + int(fields[12])


def send_and_wait(guest, port, data):
    before = wakeups(guest)[0]
    port.send(data)
    wait_for(lambda: wakeups(guest)[0] > before, 10, "reading by the identity service")


def check_port_reconnection(guest):
    """Without a host the service sleeps; what the host before left behind is gone; no answer comes too late."""
    for _ in range(3):
        switches, ticks = wakeups(guest)
        later = [wakeups(guest) for _ in range(10)][-1]
        check(later[0] <= switches + 2 and later[1] <= ticks + 1, f"no host, but busy: {switches}, {ticks} to {later}")
        with guest.identity_port() as port:
            check(port.ask(b"identity hostname=again") == "ok", "after another connection")
            send_and_wait(guest, port, b"identity hostname=cut-off")
        with guest.identity_port() as port:
            port.send(b"\nidentity hostname=unheard\n")
        wait_for(lambda: guest.inspect(b"")["host"] == "unheard", 10, "obeying a host that left")
        wait_for(lambda: sleeps(guest), 10, "giving up a host that left")
        with guest.identity_port() as port:
            check(port.ask(b"nonsense") == "failed unknown request", "an answer that came too late")


def http_time(report):
    date, fraction = report["time"].rstrip("Z").split(".")
    return time.mktime(time.strptime(date, "%Y-%m-%dT%H:%M:%S")) - time.timezone + int(fraction) / 1000


def check_hook_refusals(guest):
    wrong = (["--colour", "red"], ["--time"], ["--time", "soon"], ["--time", "-5"], ["--hostname", "-a"],
             ["--hostname", "a_b"], ["--hostname", "x" * 64], ["--machine-id", "0" * 32], ["--machine-id", "12"],
             ["--mac", "52:54:00:aa:bb"], ["--mac", "01:00:00:00:00:01"], ["--mac", "52-54-00-aa-bb-cc"],
             ["--hostname", "other", "--mac", "nonsense"], ["--hostname", "a", "--hostname", "b"])
    for arguments in wrong:
        status, output, error = guest.run(HOOK, *arguments)
        check(status == 2 and output == "" and error.count("\n") == 1, f"hook {arguments}: {status} {error}")
    check(guest.run(HOOK, data=b"x" * 65)[0] == 2, "hook takes more than 64 bytes of entropy")
    check(guest.run(HOOK) == (0, "", ""), "hook without arguments")
    check(guest.inspect(b"")["host"] == "clone-7", "a refused call changed the host name")


def measure_requests(guest):
    for _ in range(20):
        guest.inspect(b"warm\n" * 200)
    times = []
    for _ in range(21):
        started = time.monotonic()
        guest.inspect(b"warm\n" * 200)
        times.append((time.monotonic() - started) * 1000)
    return f"request {sorted(times)[10]:.1f} ms"


class EarlyGuest(Guest):
    """Its host asks for an identity before there is anybody to hear it."""

    def connect_qmp(self):
        channel = super().connect_qmp()
        if channel is not None:
            self.early = self.identity_port()
            self.early.send(b"\nidentity hostname=early\n")
        return channel


def plug_port(guest):
    """A second identity port replaces the first one while the guest runs: the service is started for it."""
    guest.qmp.call("device_del", id="identity-port")
    guest.qmp.call("chardev-add", id="plugged", backend={"type": "socket", "data": {
        "addr": {"type": "unix", "data": {"path": guest.path("plugged")}}, "server": True, "wait": False}})
    guest.qmp.call("device_add", driver="virtserialport", id="plugged-port", chardev="plugged", name=IDENTITY_PORT)
    with IdentityPort(guest.path("plugged")) as port:
        port.socket.settimeout(60)
        check(port.ask(b"identity hostname=plugged") == "ok", "a port that was plugged in")


def test_pc(image):
    with Guest(image) as guest:
        check_inspections(guest)
        check_refusals(guest)
        check_exchange(guest)
        check_probe(guest)
        check_ports_and_processes(guest)
        check_agent(guest)
        port = check_identity_port(guest)
        identity = check_identity(guest)
        check_exchange(guest)
        check_large_body(guest)
        check_slow_clients(guest)
        requests = measure_requests(guest)
        press_power(guest)
        return f"boot {guest.boot_seconds:.1f} s, {port}, {identity}, {requests}"


def test_q35(image):
    with Guest(image, machine="q35", restrict=False) as guest:
        check_inspections(guest)
        port = check_identity_port(guest)  # before the agent's first answer: the service may not have started yet
        check_datagrams(guest)
        identity = check_identity(guest)
        check_exchange(guest)
        plug_port(guest)
        guest.agent.send({"execute": "guest-shutdown"})
        guest.wait_for_end(30)
        check_clean_disk(guest)
        return f"boot {guest.boot_seconds:.1f} s, {port}, {identity}"


def test_legacy(image):
    with Guest(image, legacy=True) as guest:
        check_inspections(guest)
        check_exchange(guest)
        press_power(guest)
        return f"boot {guest.boot_seconds:.1f} s"


def test_uefi(image):
    check(os.path.exists(OVMF), f"{OVMF} is missing: install the Debian package ovmf")
    with EarlyGuest(image, machine="q35", uefi=True) as guest:
        check_inspections(guest)
        check(guest.early.answer() == "ok" and guest.inspect(b"")["host"] == "early", "asked before the service runs")
        guest.early.close()
        press_power(guest)
        return f"boot {guest.boot_seconds:.1f} s"


TESTS = [
    ("pc, BIOS, virtio", test_pc),
    ("q35, BIOS, virtio", test_q35),
    ("pc, BIOS, IDE and rtl8139, no serial port, no agent", test_legacy),
    ("q35, UEFI, virtio", test_uefi),
]
