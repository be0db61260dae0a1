/** Where a PostgreSQL database is and how it is spoken to. Times in milliseconds. */
export interface PostgresAddress {
  /** Name or address of the server, or the folder of its socket (it begins with a slash). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Undefined where the server asks for none, or where PGPASSWORD or ~/.pgpass has it. */
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: PostgresTls;
  /** The most connections that this node opens. */
  readonly connections: number;
  readonly connectTimeout: number;
  readonly statementTimeout: number;
}

/** As the `sslmode` of PostgreSQL's own clients: `require` encrypts and trusts whoever answers. */
export interface PostgresTls {
  readonly mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** Certificates of the authorities that count; undefined for those of Node. */
  readonly authorities?: string | undefined;
}

/** The database that a configuration names. */
export type DatabasePlace =
  | { readonly engine: 'sqlite' }
  | { readonly engine: 'postgres'; readonly address: PostgresAddress };
