import { type Received, startHttpServer } from './http-server.ts';

interface SlackAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** A server with the behaviour of `chat.postMessage` in Slack's Web API. */
export interface FakeSlack {
  /** Base URL of the API. */
  readonly url: string;
  /** Accepted messages of all channels. */
  readonly posted: { readonly channel: string; readonly text: string; readonly token: string }[];
  readonly received: readonly Received[];
  /** Sets the responses to the next calls, in order. */
  next(...answers: readonly SlackAnswer[]): void;
  close(): Promise<void>;
}

/** Starts a server that knows these channels and accepts one token. */
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
