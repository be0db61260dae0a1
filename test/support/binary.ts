/**
 * A program of a few hundred bytes, made here: an ELF file for Linux that prints one line and ends with 0. It lets a
 * test run a pulled image without any base image, C library or shell.
 */
import { arch } from 'node:process';

const BASE = 0x400000;
const HEADERS = 64 + 56;

/** write(1, text, length); exit(0). The text follows the code at once. */
function codeForX64(length: number): Buffer {
  const code = Buffer.from([
    ...[0xb8, 1, 0, 0, 0], // mov eax, 1 (write)
    ...[0xbf, 1, 0, 0, 0], // mov edi, 1
    ...[0x48, 0x8d, 0x35, 0, 0, 0, 0], // lea rsi, [rip + text]
    ...[0xba, 0, 0, 0, 0], // mov edx, length
    ...[0x0f, 0x05],
    ...[0xb8, 60, 0, 0, 0], // mov eax, 60 (exit)
    ...[0x31, 0xff], // xor edi, edi
    ...[0x0f, 0x05],
  ]);
  code.writeInt32LE(code.length - 17, 13);
  code.writeInt32LE(length, 18);
  return code;
}

function codeForArm64(length: number): Buffer {
  const words = [
    0xd2800020, // mov x0, #1
    0x10000000, // adr x1, text (patched below)
    0xd2800002 | (length << 5), // mov x2, length
    0xd2800808, // mov x8, #64 (write)
    0xd4000001, // svc 0
    0xd2800000, // mov x0, #0
    0xd2800ba8, // mov x8, #93 (exit)
    0xd4000001,
  ];
  const distance = (words.length - 1) * 4;
  words[1] = 0x10000001 | ((distance >> 2) << 5);
  const code = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => code.writeUInt32LE(word >>> 0, index * 4));
  return code;
}

/** The machine's architecture in the words of image configs, where a program for it can be made. */
export function machine(): 'amd64' | 'arm64' {
  if (arch === 'x64') return 'amd64';
  if (arch === 'arm64') return 'arm64';
  throw new Error(`no program can be made for ${arch}`);
}

export function programThatPrints(text: string, architecture = machine()): Buffer {
  const line = Buffer.from(`${text}\n`);
  const code = architecture === 'amd64' ? codeForX64(line.length) : codeForArm64(line.length);
  const body = Buffer.concat([code, line]);
  const file = Buffer.alloc(HEADERS);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(architecture === 'amd64' ? 62 : 183, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(BASE + HEADERS), 24); // entry point
  file.writeBigUInt64LE(64n, 32); // program headers follow
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // one segment to load
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(BigInt(BASE), 80);
  file.writeBigUInt64LE(BigInt(BASE), 88);
  file.writeBigUInt64LE(BigInt(HEADERS + body.length), 96);
  file.writeBigUInt64LE(BigInt(HEADERS + body.length), 104);
  file.writeBigUInt64LE(0x10000n, 112);
  return Buffer.concat([file, body]);
}
