/** The clients' own verifiers of certificates, each asked about many at once: OpenSSL, Node, Go, Python. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { checkServerIdentity, connect, createServer, type ConnectionOptions } from 'node:tls';
import { temporaryFolder } from '../folders.ts';
import { cleanEnv, run, runOk } from '../process.ts';

export interface Question {
  /** What the client trusts; PEM. */
  readonly authority: string;
  /** What the server shows, its own certificate first; PEM. */
  readonly chain: string;
  readonly key: string;
  /** The name or address by which the client calls the server. */
  readonly host: string;
}

/** `accepted`, or the words of the refusal. */
export type Verdict = string;

export interface Verifier {
  readonly name: string;
  /** What has to be in PATH. */
  readonly command: string | undefined;
  ask(questions: readonly Question[]): Promise<Verdict[]>;
}

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

const openssl: Verifier = {
  name: 'OpenSSL',
  command: 'openssl',
  async ask(questions) {
    const folder = temporaryFolder('verify');
    try {
      const verdicts: Verdict[] = [];
      for (const { authority, chain, host } of questions) {
        const [ca, server] = [join(folder.path, 'ca.crt'), join(folder.path, 'server.crt')];
        writeFileSync(ca, authority);
        writeFileSync(server, chain);
        const name = [isAddress(host) ? '-verify_ip' : '-verify_hostname', host];
        const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, '-untrusted', server];
        const { code, stdout, stderr } = await run('openssl', [...args, ...name, server]);
        verdicts.push(code === 0 ? 'accepted' : stdout + stderr);
      }
      return verdicts;
    } finally {
      folder.remove();
    }
  },
};

const node: Verifier = {
  name: 'Node',
  command: undefined,
  ask: (questions) => Promise.all(questions.map(shakeHands)),
};

async function shakeHands({ authority, chain, key, host }: Question): Promise<Verdict> {
  const server = createServer({ cert: chain, key }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined); // The client says why it refused.
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const options: ConnectionOptions = {
    host: '127.0.0.1',
    port,
    ca: authority,
    ...(isAddress(host) ? {} : { servername: host }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  };
  const socket = connect(options);
  try {
    await once(socket, 'secureConnect');
    return 'accepted';
  } catch (error) {
    return String(error);
  } finally {
    socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

const goProgram = `package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
)

func main() {
	var questions []struct{ Authority, Chain, Host string }
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	verdicts := []string{}
	for _, question := range questions {
		roots, others := x509.NewCertPool(), x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(question.Authority)) {
			panic("the authority is no certificate")
		}
		block, rest := pem.Decode([]byte(question.Chain))
		others.AppendCertsFromPEM(rest)
		verdict := "accepted"
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err == nil {
			_, err = certificate.Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, DNSName: question.Host})
		}
		if err != nil {
			verdict = err.Error()
		}
		verdicts = append(verdicts, verdict)
	}
	json.NewEncoder(os.Stdout).Encode(verdicts)
}
`;

const go: Verifier = {
  name: 'Go',
  command: 'go',
  async ask(questions) {
    const folder = temporaryFolder('verify');
    try {
      const file = join(folder.path, 'main.go');
      writeFileSync(file, goProgram);
      const env = cleanEnv({ GOTOOLCHAIN: 'local', GOFLAGS: '' });
      const options = { env, cwd: folder.path, input: JSON.stringify(questions), timeout: 300_000 };
      return JSON.parse(await runOk('go', ['run', file], options)) as Verdict[];
    } finally {
      folder.remove();
    }
  },
};

const pythonProgram = `
import json, os, ssl, sys, tempfile

def shake_hands(question):
    with tempfile.NamedTemporaryFile('w', suffix='.pem') as pair:
        pair.write(question['chain'] + question['key'])
        pair.flush()
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pair.name)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=question['authority'])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=question['host']),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(10):
        done = 0
        for end in ends:
            try:
                end.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
        if done == 2:
            return 'accepted'
    raise Exception('the handshake does not end')

def ask(question):
    try:
        return shake_hands(question)
    except ssl.SSLCertVerificationError as refusal:
        return refusal.verify_message

print(json.dumps([ask(question) for question in json.load(sys.stdin)]))
`;

const python: Verifier = {
  name: 'Python',
  command: 'python3',
  async ask(questions) {
    const input = JSON.stringify(questions);
    return JSON.parse(await runOk('python3', ['-c', pythonProgram], { input })) as Verdict[];
  },
};

export const verifiers: readonly Verifier[] = [openssl, node, go, python];
