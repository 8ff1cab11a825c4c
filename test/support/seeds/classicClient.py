"""A client of the classic form, written from the text of the protocol alone (PROTOCOLS, section 1).

usage: classicClient.py list <port>
       classicClient.py size <port> <name>
       classicClient.py ask <port> <request>
       classicClient.py get <name> <target> <lanes> <ending> <port>...

`ending` is how a request ends: "bare" (nothing behind it, as the old programs do), "newline", "crlf" or "half-close".
"""

import socket
import sys
import threading

CHUNK = 32
ENDINGS = {"bare": b"", "half-close": b"", "newline": b"\n", "crlf": b"\r\n"}


def ask(port, request, ending="bare"):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request + ENDINGS[ending])
        if ending == "half-close":
            connection.shutdown(socket.SHUT_WR)
        parts = []
        while True:
            part = connection.recv(65536)
            if not part:
                return b"".join(parts)
            parts.append(part)


def names(port):
    lines = ask(port, b"LIST").decode().split("\n")
    assert lines.pop() == "", "each line ends with a newline"
    for n, line in enumerate(lines, 1):
        assert line.startswith("[%d] " % n), line
    return [line.split("] ", 1)[1] for line in lines]


def size(port, name):
    reply = ask(port, b"FILESIZE " + name.encode())
    assert reply.startswith(b"SIZE:"), reply
    return int(reply[5:])


def piece(port, name, offset, length, ending):
    def download(at):
        return ask(port, b"DOWNLOAD " + name.encode() + b"|%d" % at, ending)

    data = download(offset)
    if data.startswith(b"ERROR:"):
        shifted = download(offset + 1)
        if len(data) != length or data[1:] != shifted[: length - 1]:
            raise OSError(data.decode("utf-8", "replace"))
    if len(data) != length:
        raise OSError("%d bytes instead of %d" % (len(data), length))
    return data


def get(name, target, lanes, ending, ports):
    total = size(ports[0], name)
    ports = [port for port in ports if name in names(port) and size(port, name) == total]
    content = bytearray(total)
    offsets = iter(range(0, total, CHUNK))
    lock = threading.Lock()
    failures = []

    def lane(number):
        turn = number
        while not failures:
            with lock:
                offset = next(offsets, None)
            if offset is None:
                return
            length = min(CHUNK, total - offset)
            for attempt in range(3 * len(ports)):
                turn += 1
                try:
                    content[offset : offset + length] = piece(ports[turn % len(ports)], name, offset, length, ending)
                    break
                except OSError as error:
                    last = error
            else:
                failures.append(last)

    threads = [threading.Thread(target=lane, args=(number,)) for number in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    with open(target, "wb") as file:
        file.write(content)


def main():
    command, *args = sys.argv[1:]
    if command == "list":
        print("\n".join(names(int(args[0]))))
    elif command == "size":
        print(size(int(args[0]), args[1]))
    elif command == "ask":
        sys.stdout.buffer.write(ask(int(args[0]), args[1].encode()))
    else:
        name, target, lanes, ending, *ports = args
        get(name, target, int(lanes), ending, [int(port) for port in ports])


main()
