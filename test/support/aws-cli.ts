/** The AWS CLI for tests that call it often. */
import { cleanEnv, run, startProcess, until, type Child, type Outcome } from './process.ts';
import { pythonWith } from './engines.ts';
import { awsEnv, region, type Credentials, type Stowage } from './stowage.ts';

export interface AwsCli {
  /** Runs `aws ARGS`; the outcome is the caller's to judge. */
  run(args: readonly string[], credentials?: Credentials): Promise<Outcome>;
  /** The same, where success is expected: gives what was printed, as JSON; undefined for nothing. */
  ok<T = unknown>(args: readonly string[], credentials?: Credentials): Promise<T>;
  /** The same, where a refusal is expected: gives what was said. */
  refused(args: readonly string[], credentials?: Credentials): Promise<string>;
  /** The same CLI at another address of the server. */
  at(url: string): AwsCli;
  close(): Promise<void>;
}

/**
 * Half of the time of a call goes into loading the CLI. Here one process has loaded it, and forks for each call a child
 * that goes on as the program `aws` does, with arguments and environment of its own.
 */
const forks = `
import http.server, json, os, sys, tempfile, traceback
import awscli.clidriver

# what a first call would have to load
awscli.clidriver.create_clidriver()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers['content-length'])))
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    os.dup2(out.fileno(), 1)
                    os.dup2(err.fileno(), 2)
                    os.environ.update(asked['env'])
                    sys.argv = ['aws', *asked['args']]
                    code = awscli.clidriver.main()
                except SystemExit as end:
                    code = end.code
                except Exception:
                    traceback.print_exc()
                finally:
                    sys.stdout.flush()
                    sys.stderr.flush()
                    os._exit(code or 0)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
        body = json.dumps({'code': code, 'signal': None, 'stdout': texts[0], 'stderr': texts[1]}).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
`;

type Runs = (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<Outcome>;

async function startForks(python: string): Promise<{ readonly child: Child; readonly runs: Runs }> {
  const child = startProcess(python, ['-c', forks], { env: cleanEnv({ AWS_CONFIG_FILE: '/nonexistent' }) });
  const port = await until('the AWS CLI is loaded', () => /^\d+\n/.exec(child.stdout())?.[0], { child });
  return {
    child,
    runs: async (args, env) => {
      const body = JSON.stringify({ args, env });
      const answer = await fetch(`http://127.0.0.1:${port.trim()}/`, { method: 'POST', body });
      return (await answer.json()) as Outcome;
    },
  };
}

/** The AWS CLI against a server, with its administrator's keys where no others are given. It asks nobody else. */
export async function startAwsCli(server: Stowage): Promise<AwsCli> {
  const python = pythonWith('awscli');
  // one that is no module of a Python (AWS's own installer brings such) is started anew each time
  const started = python === undefined ? undefined : await startForks(python);
  const runs = started?.runs ?? (async (args, env) => await run('aws', args, { env }));
  const close = async (): Promise<void> => void (await started?.child.stop());
  return cliAt(server.url, server, { runs, close });
}

function cliAt(
  url: string,
  server: Stowage,
  means: { readonly runs: Runs; readonly close: () => Promise<void> },
): AwsCli {
  const runAws: AwsCli['run'] = async (args, credentials = server.credentials) =>
    await means.runs(
      [...args, '--endpoint-url', url, '--region', region, '--output', 'json'],
      envOf(server, credentials),
    );
  return {
    run: runAws,
    async ok(args, credentials) {
      const { code, stdout, stderr } = await runAws(args, credentials);
      if (code !== 0) throw new Error(`aws ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
      return (stdout.trim() === '' ? undefined : JSON.parse(stdout)) as never;
    },
    async refused(args, credentials) {
      const { code, stdout, stderr } = await runAws(args, credentials);
      if (code === 0) throw new Error(`aws ${args.join(' ')} was not refused\n${stdout}`);
      return stderr.trim();
    },
    at: (other) => cliAt(other, server, means),
    close: means.close,
  };
}

function envOf(server: Stowage, { accessKeyId, secretAccessKey, sessionToken }: Credentials): NodeJS.ProcessEnv {
  return {
    ...awsEnv(server),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  };
}
