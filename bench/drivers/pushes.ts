/** A push as clients do it: HEAD, POST, PATCH and PUT for each layer and the config, then the manifest under a tag. */
import type { Layer, NewImage } from '../content.ts';
import type { Subject } from '../subjects.ts';
import type { Answer } from './answer-parser.ts';
import type { Connection } from './connection.ts';
import { wireOf, type Asked } from './requests.ts';

const octets = 'Content-Type: application/octet-stream';

export class Pusher {
  readonly #subject: Subject;
  readonly #connection: Connection;
  readonly #repository: string;

  constructor(subject: Subject, connection: Connection, repository: string) {
    this.#subject = subject;
    this.#connection = connection;
    this.#repository = repository;
  }

  async push(image: NewImage): Promise<void> {
    for (const layer of image.layers) await this.#pushLayer(layer);
    await this.#pushLayer(image.config);
    const target = `/v2/${this.#repository}/manifests/${image.tag}`;
    const headers = [`Content-Type: ${image.mediaType}`];
    await this.#ask(201, { method: 'PUT', target, headers, body: [image.manifest] });
  }

  async #pushLayer({ digest, pieces }: Layer): Promise<void> {
    const blobs = `/v2/${this.#repository}/blobs`;
    await this.#ask(404, { method: 'HEAD', target: `${blobs}/${digest}` });
    const begun = await this.#ask(202, { method: 'POST', target: `${blobs}/uploads/` });
    const sent = await this.#ask(202, {
      method: 'PATCH',
      target: locationOf(begun),
      headers: [octets],
      body: pieces,
    });
    const place = locationOf(sent);
    const target = `${place}${place.includes('?') ? '&' : '?'}digest=${digest}`;
    await this.#ask(201, { method: 'PUT', target, headers: [octets] });
  }

  async #ask(expected: number, asked: Asked): Promise<Answer> {
    const answer = await this.#connection.ask(wireOf(this.#subject, asked));
    if (answer.status === expected) return answer;
    throw new Error(`${this.#subject.name} answered ${answer.status} to ${asked.method} ${asked.target}`);
  }
}

function locationOf({ head }: Answer): string {
  const location = /\r\nlocation: *([^\r\n]+)/i.exec(head)?.[1];
  if (location === undefined) throw new Error('an answer without Location');
  return location;
}
