import { type Received, startHttpServer } from './http-server.ts';

interface SlackAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Something that behaves like Slack's Web API, as far as `chat.postMessage` goes. */
export interface FakeSlack {
  /** Base URL of its API. */
  readonly url: string;
  /** Messages that it took, of any channel. */
  readonly posted: { readonly channel: string; readonly text: string; readonly token: string }[];
  readonly received: readonly Received[];
  /** What the next calls are answered, before it behaves again. */
  next(...answers: readonly SlackAnswer[]): void;
  close(): Promise<void>;
}

/** Knows these channels, and takes one token. */
export async function startSlack(token: string, channels: readonly string[]): Promise<FakeSlack> {
  const posted: FakeSlack['posted'] = [];
  const queued: SlackAnswer[] = [];
  const server = await startHttpServer((request, response) => {
    const answer: SlackAnswer = queued.shift() ?? { body: accept(request.headers.authorization ?? '') };
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });

  function accept(authorization: string): object {
    const { path, body } = server.received.at(-1) ?? { path: '', body: '' };
    if (path !== '/api/chat.postMessage') return { ok: false, error: 'unknown_method' };
    if (authorization !== `Bearer ${token}`) return { ok: false, error: 'invalid_auth' };
    const { channel, text } = JSON.parse(body) as { channel: string; text: string };
    if (!channels.includes(channel)) return { ok: false, error: 'channel_not_found' };
    posted.push({ channel, text, token: authorization.slice('Bearer '.length) });
    return { ok: true, channel, ts: '1503435956.000247' };
  }
  return {
    url: `${server.url}/api`,
    posted,
    received: server.received,
    next: (...answers) => void queued.push(...answers),
    close: () => server.close(),
  };
}
