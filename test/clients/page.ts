import { columns, type Column, type Row } from './cell.ts';
import { addresses, type Address } from './ground.ts';

const intro = `# Clients

Written by \`npm run test:clients\`, which runs every client of this table against a server twice: on \`localhost\` over plain
HTTP, and over TLS on a name of AWS, with a certificate of \`stowage tls init\`. After each push the registry is asked for the
digest that the client told, and every byte is fetched and reckoned; after each pull the client's own bytes are. An index of
two platforms is pushed with its images and pulled again. After a mount the server's log must tell of it layer by layer, after
a deletion what was deleted must be gone for everybody, and what refers to an image must be listed by the AWS API and, where
it can list, by the client. A mark stands for both addresses. A cell that fails, or a client that does not start, fails the
run.
`;

const mark = '✓';

/** Addresses on which the client cannot, by the reason. */
function reasonsOf(row: Row, what: string): Map<string, Address[]> {
  const found = new Map<string, Address[]>();
  for (const address of addresses) {
    const reason = row.reason(what, address.key);
    if (reason !== undefined) found.set(reason, [...(found.get(reason) ?? []), address]);
  }
  return found;
}

function cellOf(row: Row, column: Column): string {
  const able = addresses.filter(({ key }) => row.reason(column, key) === undefined);
  if (able.length === addresses.length) return mark;
  return able.length === 0 ? '–' : able.map(({ short }) => `${mark} ${short}`).join(', ');
}

/** Reasons that a row shares between cells stand there once. */
function reasonLines(row: Row): string[] {
  const shared = new Map<string, string[]>();
  for (const what of [...columns, ...row.more]) {
    for (const [reason, on] of reasonsOf(row, what)) {
      const where = on.length === addresses.length ? '' : ` (${on.map(({ title }) => title).join(', ')})`;
      const cells = shared.get(`${where}: ${reason}`) ?? [];
      shared.set(`${where}: ${reason}`, [...cells, what]);
    }
  }
  return [...shared].map(([reason, cells]) => `- ${cells.map((what) => `*${what}*`).join(', ')}${reason}`);
}

/** The page docs/clients.md; `versions` by the names of rows. */
export function clientsPage(table: readonly Row[], versions: ReadonlyMap<string, string>): string {
  const rows = table.map((row) => {
    const cells = columns.map((column) => cellOf(row, column));
    return `| ${[row.name, row.source, versions.get(row.name) ?? '', ...cells].join(' | ')} |`;
  });
  const cannot = table.map((row) => ({ row, lines: reasonLines(row) })).filter(({ lines }) => lines.length > 0);
  const besides = table.filter(({ more }) => more.length > 0);
  return [
    intro,
    `| client | from | version | ${columns.join(' | ')} |`,
    `|---|---|---|${':-:|'.repeat(columns.length)}`,
    ...rows,
    '',
    '## Besides',
    '',
    ...besides.flatMap(({ name, more }) => more.map((what) => `- ${name}: ${what}`)),
    '',
    '## Why one cannot',
    '',
    ...cannot.flatMap(({ row, lines }) => [`**${row.name}**`, '', ...lines, '']),
  ].join('\n');
}
