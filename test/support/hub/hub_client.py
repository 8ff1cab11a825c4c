"""A share hub client, written from the wire format in PROTOCOLS section 2 alone; it shares no code with Tributary.

    hub_client.py <host> <port> <name> [--key K] put <file> [--cut BYTES] [--sha256] [--fid FID]
    hub_client.py <host> <port> <name> [--key K] list
    hub_client.py <host> <port> <name> [--key K] get <fid> <target> [--offset N] [--length N]
    hub_client.py <host> <port> <name> [--key K] watch <count>
    hub_client.py <host> <port> <name> [--key K] remove <fid>

Every message that it receives is printed as one JSON line on stdout.
"""
import argparse
import hashlib
import json
import os
import socket
import sys
import uuid

LINE = 64 * 1024
PIECE = 64 * 1024


class Hub:
    def __init__(self, host, port, name, key):
        self.host = host
        self.control = socket.create_connection((host, port), timeout=30)
        self.rest = b''
        hello = {'type': 'HELLO', 'name': name}
        if key is not None:
            hello['key'] = key
        self.send(hello)
        self.welcome = self.receive('WELCOME')

    def send(self, message):
        line = json.dumps(message, ensure_ascii=False).encode('utf-8') + b'\n'
        assert len(line) <= LINE
        self.control.sendall(line)

    def line(self):
        while b'\n' not in self.rest:
            if len(self.rest) > LINE:
                sys.exit('the hub sent a line that is too long')
            piece = self.control.recv(PIECE)
            if not piece:
                print(json.dumps({'type': 'CLOSED'}), flush=True)
                sys.exit(3)
            self.rest += piece
        line, self.rest = self.rest.split(b'\n', 1)
        if len(line) + 1 > LINE:
            sys.exit('the hub sent a line that is too long')
        message = json.loads(line.decode('utf-8'))
        print(json.dumps(message), flush=True)
        return message

    def receive(self, *types, fid=None):
        """The next message of one of these types; an ERROR ends the program with status 4."""
        while True:
            message = self.line()
            if message['type'] == 'ERROR' and (fid is None or message.get('fid') in (None, fid)):
                sys.exit(4)
            if message['type'] in types and (fid is None or message['fid'] == fid):
                return message

    def data(self, port):
        return socket.create_connection((self.host, port), timeout=30)


def put(hub, options):
    size = os.path.getsize(options.file)
    fid = options.fid or str(uuid.uuid4())
    offer = {'type': 'FILE_OFFER', 'fid': fid, 'filename': os.path.basename(options.file), 'size': size}
    with open(options.file, 'rb') as file:
        if options.sha256:
            offer['sha256'] = hashlib.sha256(file.read()).hexdigest()
        hub.send(offer)
        answer = hub.receive('FILE_UPLOAD_PORT', fid=fid)
        file.seek(answer['offset'])
        left = size - answer['offset']
        if options.cut is not None:
            left = min(left, options.cut)
        with hub.data(answer['port']) as data:
            while left > 0:
                piece = file.read(min(PIECE, left))
                data.sendall(piece)
                left -= len(piece)
            data.shutdown(socket.SHUT_WR)
            hub.receive('FILE_AVAILABLE', fid=fid)


def list_files(hub, _options):
    hub.send({'type': 'FILE_LIST'})
    hub.receive('FILE_LIST')


def get(hub, options):
    request = {'type': 'FILE_REQUEST', 'fid': options.fid}
    if options.offset is not None:
        request['offset'] = options.offset
    if options.length is not None:
        request['length'] = options.length
    hub.send(request)
    answer = hub.receive('FILE_DOWNLOAD_PORT', fid=options.fid)
    received = 0
    with hub.data(answer['port']) as data, open(options.target, 'wb') as file:
        while True:
            piece = data.recv(PIECE)
            if not piece:
                break
            file.write(piece)
            received += len(piece)
    if received != answer['length']:
        sys.exit('%d bytes instead of %d' % (received, answer['length']))


def watch(hub, options):
    for _ in range(options.count):
        hub.receive('FILE_AVAILABLE', 'FILE_REMOVED')


def remove(hub, options):
    hub.send({'type': 'FILE_REMOVE', 'fid': options.fid})
    hub.receive('FILE_REMOVED', fid=options.fid)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('host')
    parser.add_argument('port', type=int)
    parser.add_argument('name')
    parser.add_argument('--key')
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser('put')
    command.add_argument('file')
    command.add_argument('--cut', type=int)
    command.add_argument('--fid')
    command.add_argument('--sha256', action='store_true')
    command.set_defaults(run=put)
    commands.add_parser('list').set_defaults(run=list_files)
    command = commands.add_parser('get')
    command.add_argument('fid')
    command.add_argument('target')
    command.add_argument('--offset', type=int)
    command.add_argument('--length', type=int)
    command.set_defaults(run=get)
    command = commands.add_parser('watch')
    command.add_argument('count', type=int)
    command.set_defaults(run=watch)
    command = commands.add_parser('remove')
    command.add_argument('fid')
    command.set_defaults(run=remove)
    options = parser.parse_args()
    options.run(Hub(options.host, options.port, options.name, options.key), options)


main()
