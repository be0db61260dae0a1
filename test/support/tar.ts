/** A tar archive (ustar) in memory: just enough for image layers and docker archives, the same bytes at every run. */

export interface TarEntry {
  readonly name: string;
  /** File content, or where a symbolic link leads; neither: a folder. */
  readonly content?: Buffer | string | undefined;
  readonly linkTo?: string | undefined;
  /** Permission bits; 0644 for files, 0755 for folders. */
  readonly mode?: number | undefined;
}

const BLOCK = 512;

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

function header(name: string, entry: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`a name of more than 100 bytes: ${name}`);
  const isFolder = entry.content === undefined && entry.linkTo === undefined;
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(entry.mode ?? (isFolder ? 0o755 : 0o644), 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(1_700_000_000, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write(entry.linkTo === undefined ? (isFolder ? '5' : '0') : '2', 156);
  block.write(entry.linkTo ?? '', 157);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export function tar(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const content = entry.content === undefined ? Buffer.alloc(0) : Buffer.from(entry.content);
    parts.push(header(entry.name, entry, content.length), content);
    parts.push(Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}
