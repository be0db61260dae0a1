/**
 * Keeps a namespace alive (namespace.ts) and lets the test process in: a socket file FOLDER/PORT for each port, whose
 * connections are carried on to 127.0.0.1:PORT. Socket files are the one door that leads through a network namespace.
 */
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';

const [folder = '', ...ports] = process.argv.slice(2);

for (const port of ports) {
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const inside = connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
    outside.pipe(inside).pipe(outside);
  });
  await once(server.listen(join(folder, port)), 'listening');
}
writeFileSync(join(folder, 'ready'), '');
