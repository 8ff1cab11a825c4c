"""A seed of the classic form, written from the text of the protocol alone (PROTOCOLS, section 1).

usage: classicSeed.py <folder> <port, 0: any> [<faults as JSON>]

Prints "listening <port>" when it is ready. Faults, each optional:
  delay      seconds before each reply to DOWNLOAD
  size       what FILESIZE tells instead
  sizeText   the whole reply to FILESIZE
  download   "nothing", "short", "long", "error", "garbage", "wrong" or "hang": what DOWNLOAD gives instead of data
  after      so many DOWNLOADs are answered properly before that
  dieAfter   so many DOWNLOADs, then the process ends
  list       the whole reply to LIST
  hang       true: connections are taken and never answered
  ending     what comes behind each reply: "reset", or "wait" (until the client says that nothing more is coming)
  newline    what ends each line of LIST
"""

import json
import os
import socket
import struct
import sys
import threading
import time

CHUNK = 32
LIMIT = 4096


def read_request(connection):
    """Complete at a newline, at the peer's half-close, or when 50 ms pass without more bytes."""
    connection.settimeout(2.0)
    data = b""
    while len(data) <= LIMIT:
        try:
            part = connection.recv(LIMIT)
        except socket.timeout:
            break
        if not part:
            break
        data += part
        if b"\n" in data:
            data = data[: data.index(b"\n")]
            if data.endswith(b"\r"):
                data = data[:-1]
            break
        # Like the old programs: one request comes in one piece.
        break
    return data


class Seed:
    def __init__(self, folder, faults):
        self.folder = folder
        self.faults = faults
        self.downloads = 0
        self.lock = threading.Lock()

    def names(self):
        return sorted(name for name in os.listdir(self.folder) if os.path.isfile(os.path.join(self.folder, name)))

    def reply(self, request):
        if request == b"LIST":
            if "list" in self.faults:
                return self.faults["list"].encode()
            newline = self.faults.get("newline", "\n")
            return "".join("[%d] %s%s" % (n, name, newline) for n, name in enumerate(self.names(), 1)).encode()
        if request.startswith(b"FILESIZE "):
            return self.size(request[9:].decode("utf-8", "replace"))
        if request.startswith(b"DOWNLOAD "):
            name, bar, offset = request[9:].decode("utf-8", "replace").rpartition("|")
            if not bar or not offset.isdigit():
                return b"ERROR: bad request"
            return self.piece(name, int(offset))
        return b"ERROR: unknown command"

    def size(self, name):
        if name not in self.names():
            return b"ERROR: file not found"
        if "sizeText" in self.faults:
            return self.faults["sizeText"].encode()
        return ("SIZE:%d" % self.faults.get("size", os.path.getsize(os.path.join(self.folder, name)))).encode()

    def piece(self, name, offset):
        if name not in self.names():
            return b"ERROR: file not found"
        with self.lock:
            self.downloads += 1
            count = self.downloads
        if count > self.faults.get("dieAfter", float("inf")):
            os._exit(1)
        if self.faults.get("delay"):
            time.sleep(self.faults["delay"])
        with open(os.path.join(self.folder, name), "rb") as file:
            file.seek(offset)
            data = file.read(CHUNK)
        fault = self.faults.get("download") if count > self.faults.get("after", 0) else None
        if fault == "hang":
            time.sleep(60)
        if fault == "nothing":
            return b""
        if fault == "short":
            return data[: len(data) // 2]
        if fault == "long":
            return data + b"x" * CHUNK
        if fault == "error":
            # As long as a chunk is.
            return b"ERROR: the disk has gone on fire!"[:CHUNK]
        if fault == "garbage":
            return os.urandom(5000)
        if fault == "wrong":
            return bytes(byte ^ 0xFF for byte in data)
        return data

    def serve(self, connection):
        try:
            if self.faults.get("hang"):
                time.sleep(60)
                return
            connection.sendall(self.reply(read_request(connection)))
            if self.faults.get("ending") == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if self.faults.get("ending") == "wait":
                connection.settimeout(None)
                while connection.recv(LIMIT):
                    pass
        except OSError:
            pass
        finally:
            connection.close()


def main():
    faults = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    seed = Seed(sys.argv[1], faults)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[2])))
    listener.listen(128)
    print("listening %d" % listener.getsockname()[1], flush=True)
    waits = faults.get("delay") or faults.get("hang") or faults.get("download") == "hang"
    while True:
        connection, _ = listener.accept()
        if waits:
            threading.Thread(target=seed.serve, args=(connection,), daemon=True).start()
        else:
            seed.serve(connection)


main()
