#!/usr/bin/env python3
"""Sounds for phones that play files, and the ears that judge what comes: notes, pauses and keys in G.711 µ-law.

    sounds.py FILE PART…        FILE.pcap is a capture of RTP, anything else the bare bytes of µ-law
    sounds.py call.pcap 440x2 0x0.5 key5        2 s of 440 Hz, half a second of silence, and the key 5

In a capture keys are telephone-events (RFC 4733, payload 101); in the bare bytes they are their two tones.
"""
import collections
import math
import socket
import struct
import sys
import threading
import time

RATE = 8000
# Samples of a packet, and its seconds.
PACKET, STEP = 160, 0.02
# The peak of the notes; each of the two tones of a key has half of it.
LOUD = 8000
KEYS = '0123456789*#ABCD'
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
PAD = ('123A', '456B', '789C', '*0#D')
EVENT = 101
# How long a key is held, and how long the pause after it is, in packets.
HELD, BETWEEN = 5, 5

Note = collections.namedtuple('Note', 'hz seconds')
Key = collections.namedtuple('Key', 'key')
# `slot`: when it goes, in packets.
Packet = collections.namedtuple('Packet', 'slot marker payload timestamp body')


def ulaw(sample):
    """G.711."""
    sign, sample = (0x80, -sample) if sample < 0 else (0, sample)
    sample = min(sample, 32635) + 132
    exponent = sample.bit_length() - 8
    return ~(sign | exponent << 4 | sample >> exponent + 3 & 0x0f) & 0xff


def linear(byte):
    byte = ~byte & 0xff
    sample = ((byte & 0x0f) << 3) + 132 << (byte >> 4 & 7)
    return 132 - sample if byte & 0x80 else sample - 132


LINEAR = [linear(byte) for byte in range(256)]


def sine(hz, packets, peak=LOUD):
    return [int(peak * math.sin(2 * math.pi * hz * n / RATE)) for n in range(packets * PACKET)]


def sound_of(part):
    """The samples of a part: whole packets."""
    if isinstance(part, Note):
        return sine(part.hz, round(part.seconds / STEP))
    row = next(n for n, keys in enumerate(PAD) if part.key in keys)
    both = zip(sine(LOW[row], HELD, LOUD / 2), sine(HIGH[PAD[row].index(part.key)], HELD, LOUD / 2))
    return [low + high for low, high in both] + [0] * BETWEEN * PACKET


def packets_of(parts):
    slot = 0
    for part in parts:
        if isinstance(part, Key):
            # The end is told three times.
            for n in range(HELD + 2):
                ended, length = n >= HELD - 1, min(n + 1, HELD) * PACKET
                body = struct.pack('>BBH', KEYS.index(part.key), 0x80 * ended | 10, length)
                yield Packet(slot + n, n == 0, EVENT, slot * PACKET, body)
            slot += HELD + BETWEEN
            continue
        sound = bytes(map(ulaw, sound_of(part)))
        for start in range(0, len(sound), PACKET):
            yield Packet(slot, start == 0, 0, slot * PACKET, sound[start:start + PACKET])
            slot += 1


def rtp(number, packet, ssrc):
    return struct.pack('>BBHII', 0x80, 0x80 * packet.marker | packet.payload, number & 0xffff, packet.timestamp, ssrc) + packet.body


def write_capture(path, parts):
    """Ethernet, IPv4 and UDP around the packets: whoever plays it puts its own addresses there."""
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, packet in enumerate(packets_of(parts)):
            udp = rtp(number, packet, 0x5eed)
            udp = struct.pack('>HHHH', 6000, 6000, 8 + len(udp), 0) + udp
            here = bytes((127, 0, 0, 1))
            ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, here, here)
            frame = bytes(12) + b'\x08\x00' + ip + udp
            micros = round(packet.slot * STEP * 1e6)
            file.write(struct.pack('<IIII', micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)) + frame)


def write_bare(path, parts):
    with open(path, 'wb') as file:
        for part in parts:
            file.write(bytes(map(ulaw, sound_of(part))))


class Ear:
    """A place for a phone's sound: what comes there is kept by the clock of the stream."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.packets, self.begun, self.is_over = [], None, False
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while not self.is_over:
            try:
                packet = self.socket.recv(2048)
            except TimeoutError:
                continue
            if len(packet) > 12 and packet[0] == 0x80 and packet[1] & 0x7f == 0:
                self.packets.append((time.monotonic(), struct.unpack('>I', packet[4:8])[0], packet[12:]))

    def speak(self, to, parts):
        """Says it, in time, and returns when it began."""
        began = time.monotonic()
        for number, packet in enumerate(packets_of(parts)):
            time.sleep(max(0, began + packet.slot * STEP - time.monotonic()))
            self.socket.sendto(rtp(number, packet, 0xea5), to)
        return began

    def heard(self):
        """The samples, and the moment of the first: of the packet that was least late, less its place in the stream."""
        self.is_over = True
        self.thread.join()
        self.socket.close()
        sound, first = [], self.packets[0][1] if self.packets else 0
        for _, timestamp, body in self.packets:
            at = timestamp - first & 0xffffffff
            # Longer than any call here: another stream.
            if at > 600 * RATE:
                continue
            sound += [0] * (at - len(sound))
            sound[at:at + len(body)] = [LINEAR[byte] for byte in body]
        moments = [came - (timestamp - first & 0xffffffff) / RATE for came, timestamp, _ in self.packets]
        return sound, min(moments, default=0)


def main():
    path, *words = sys.argv[1:]
    parts = [Key(word[3:]) if word.startswith('key') else Note(*map(float, word.split('x'))) for word in words]
    (write_capture if path.endswith('.pcap') else write_bare)(path, parts)


if __name__ == '__main__':
    main()
