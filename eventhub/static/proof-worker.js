// Looks for the number whose SHA-256 with the salt before it is the one wanted. Written out, for a browser's own function
// takes one message at a time, and none at all on plain http; the beginning, which never changes, is hashed once.

"use strict";

const K = new Int32Array(64);
const START = new Int32Array(8);
{
  // The first 32 bits of the fractions of the roots of the first primes (FIPS 180-4 §4.2.2, §5.3.3).
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  for (let prime = 2, found = 0; found < 64; prime++) {
    let divisor = 2;
    while (divisor * divisor <= prime && prime % divisor) divisor++;
    if (divisor * divisor <= prime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(prime));
    K[found++] = fraction(Math.cbrt(prime));
  }
}

const words = new Int32Array(64);

function block(state, view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const first = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const second = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + first + words[i - 7] + second) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const turned = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + turned + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const other = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

function solve({ challenge, salt, maxnumber }) {
  const wanted = new Int32Array(8).map((_, i) => parseInt(challenge.slice(8 * i, 8 * i + 8), 16));
  const start = new TextEncoder().encode(salt);
  const whole = start.length - (start.length % 64);
  const before = Int32Array.from(START);
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < whole; at += 64) block(before, new DataView(start.buffer, start.byteOffset + at, 64), 0);
  const rest = start.subarray(whole);
  const state = new Int32Array(8);
  for (let number = 0; number <= maxnumber; number++) {
    const digits = String(number);
    const length = rest.length + digits.length;
    const end = length + 9 <= 64 ? 64 : 128;
    bytes.fill(0);
    bytes.set(rest);
    for (let i = 0; i < digits.length; i++) bytes[rest.length + i] = digits.charCodeAt(i);
    bytes[length] = 0x80;
    view.setUint32(end - 4, 8 * (whole + length));
    state.set(before);
    block(state, view, 0);
    if (end === 128) block(state, view, 64);
    if (state[0] === wanted[0] && state.every((word, i) => word === wanted[i])) return number;
  }
  return null;
}

self.addEventListener("message", (event) => self.postMessage(solve(event.data)));
