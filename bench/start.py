#!/usr/bin/env python3
"""Start to first answer, and resident memory after 5,000 queries, per set of JVM flags.

    bench/start.py [--runs 5] [--jar target/gander.jar] [--json]

Runs gander with a configuration that needs no root, against an upstream of its own on loopback.
The clock starts at exec; a query is sent every 2 ms until the first answer. CPU is user and system
time of all threads, which a busy machine does not inflate much; RSS is VmRSS.
Prints the median of the runs. Writes AOT caches to a folder of its own and removes it.
"""
import argparse, glob, os, signal, socket, statistics, struct, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = ["--enable-native-access=ALL-UNNAMED", "-XX:-UsePerfData"]
SETS = [
    ("defaults (G1 here with 2 cores and 2 GB, else Serial)", []),
    ("G1, -Xmx256m", ["-XX:+UseG1GC", "-Xmx256m"]),
    ("Parallel, -Xmx256m", ["-XX:+UseParallelGC", "-Xmx256m"]),
    ("Serial, -Xmx256m", ["-XX:+UseSerialGC", "-Xmx256m"]),
    ("Serial, -Xmx256m, compact headers", ["-XX:+UseSerialGC", "-Xmx256m", "-XX:+UseCompactObjectHeaders"]),
    ("G1, -Xmx256m, AOT", ["-XX:+UseG1GC", "-Xmx256m", "AOT"]),
    ("Serial, -Xmx256m, AOT", ["-XX:+UseSerialGC", "-Xmx256m", "AOT"]),
    ("Serial, -Xmx256m, compact headers, AOT", ["-XX:+UseSerialGC", "-Xmx256m", "-XX:+UseCompactObjectHeaders", "AOT"]),
    ("Serial, -Xms32m -Xmx256m, compact headers, AOT", ["-XX:+UseSerialGC", "-Xms32m", "-Xmx256m", "-XX:+UseCompactObjectHeaders", "AOT"]),
    ("Serial, -Xms8m -Xmx256m, compact headers, AOT", ["-XX:+UseSerialGC", "-Xms8m", "-Xmx256m", "-XX:+UseCompactObjectHeaders", "AOT"]),
    ("the same, C1 only", ["-XX:+UseSerialGC", "-Xms8m", "-Xmx256m", "-XX:+UseCompactObjectHeaders", "-XX:TieredStopAtLevel=1", "AOT"]),
    ("the same (C2 too), code cache 32m, Xss256k", ["-XX:+UseSerialGC", "-Xms8m", "-Xmx256m", "-XX:+UseCompactObjectHeaders", "-XX:ReservedCodeCacheSize=32m", "-Xss256k", "AOT"]),
]


def upstream(sock):
    while True:
        data, peer = sock.recvfrom(2048)
        end = 12
        while data[end]:
            end += data[end] + 1
        question = data[12:end + 5]
        sock.sendto(data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question
                    + b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\x50", peer)


def query(number, name):
    label = name.encode()
    return struct.pack(">HHHHHH", number & 0xffff, 0x100, 1, 0, 0, 0) + bytes([len(label)]) + label + b"\7example\0\0\1\0\1"


def measure(java, flags, classpath, config, run_dir, port):
    env = dict(os.environ, MALLOC_ARENA_MAX="1", _JAVA_SR_SIGNUM="35")
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(0.002)
    start = time.monotonic()
    process = subprocess.Popen([java] + BASE + flags + ["-cp", classpath, "dev.gander.cli.Main", "run", "-c", config,
                               "--runtime-dir", run_dir], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            if process.poll() is not None:
                sys.exit("gander ended at once with %s" % flags)
            try:
                client.sendto(query(1, "first"), ("127.0.0.1", port))
                client.recvfrom(2048)
                break
            except (TimeoutError, ConnectionRefusedError):
                pass
        first = (time.monotonic() - start) * 1000
        used = cpu(process.pid)
        ready = rss(process.pid)
        client.settimeout(1)
        for i in range(5000):
            client.sendto(query(i, "name%d" % (i % 500)), ("127.0.0.1", port))
            client.recvfrom(2048)
        busy = rss(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        ended = time.monotonic()
        process.wait(10)
        ended = (time.monotonic() - ended) * 1000
    return first, used, ready, busy, ended


def cpu(pid):
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def rss(pid):
    with open("/proc/%d/status" % pid) as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jar", default=os.path.join(HERE, "..", "target", "gander.jar"))
    parser.add_argument("--java", default=os.path.join(os.environ.get("JAVA_HOME", "/usr/lib/jvm/temurin-25-jdk-amd64"), "bin", "java"))
    parser.add_argument("--only", type=int, nargs="*")
    options = parser.parse_args()
    jar = os.path.abspath(options.jar)
    classpath = ":".join([jar] + sorted(glob.glob(os.path.join(os.path.dirname(jar), "lib", "*.jar"))))
    answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    answering.bind(("127.0.0.1", 0))
    threading.Thread(target=upstream, args=(answering,), daemon=True).start()
    free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with tempfile.TemporaryDirectory(prefix="gander-bench-") as folder:
        config = os.path.join(folder, "bench.dae")
        with open(os.open(config, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
            out.write("global { log_level: warn }\ndns {\n bind: 'tcp+udp://127.0.0.1:%d'\n upstream { it: 'udp://127.0.0.1:%d' }\n"
                      " routing { request { fallback: it } } }\nrouting { fallback: direct }\n"
                      % (port, answering.getsockname()[1]))
        print("| JVM settings | first answer, ms | CPU until then, ms | RSS then, MiB | RSS after 5,000 queries, MiB | end, ms |\n|---|---|---|---|---|---|")
        for index, (name, flags) in enumerate(SETS):
            if options.only and index not in options.only:
                continue
            flags = list(flags)
            if "AOT" in flags:
                flags.remove("AOT")
                cache = os.path.join(folder, "cache%d.aot" % index)
                subprocess.run([options.java] + BASE + flags + ["-XX:AOTCacheOutput=" + cache, "-cp", classpath,
                               "dev.gander.cli.Main", "warmup"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                flags += ["-XX:AOTCache=" + cache]
            runs = [measure(options.java, flags, classpath, config, os.path.join(folder, "run"), port) for _ in range(options.runs)]
            print("| %s | %s |" % (name, " | ".join("%.0f" % statistics.median(column) for column in zip(*runs))), flush=True)


main()
