import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const definition = { id: 'a', name: 'Größe', script: 'echo' };

/** Runs `jobs create -f` on a file with this content. */
async function create(content: string | Buffer) {
  const file = join(temporaryFolder(), 'job.json');
  writeFileSync(file, content);
  const server = await startHttpServer((_, response) => void response.writeHead(201).end('{"ok":true,"id":"a"}'));
  const errors: string[] = [];
  const args = ['jobs', 'create', '-f', file, '--url', server.url, '--token', 'x'];
  const code = await main(args, {}, { out: () => {}, err: (text) => void errors.push(text) });
  await server.close();
  return {
    code,
    err: errors.join('').replace(file, 'FILE'),
    sent: server.received.map(({ body }) => JSON.parse(body)),
  };
}

describe('jobs create -f', () => {
  it.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(JSON.stringify(definition))],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${JSON.stringify(definition)}`)],
    ['UTF-16, little endian', Buffer.from(`\ufeff${JSON.stringify(definition)}`, 'utf16le')],
    ['UTF-16, big endian', Buffer.from(`\ufeff${JSON.stringify(definition)}`, 'utf16le').swap16()],
  ])('reads %s', async (_, content) => {
    expect(await create(content)).toEqual({ code: 0, err: '', sent: [definition] });
  });

  const shown = {
    ...definition,
    retry: { attempts: 1 },
    next_run: '2026-03-02T01:03:00.000Z',
    created_at: '2026-03-02T01:00:00.000Z',
    updated_at: '2026-03-02T01:00:00.000Z',
    registration: { status: 'registered', error: null },
  };
  it.each([
    ['jobs get', shown],
    ['jobs get --json', { job: shown }],
    ['jobs list --json, one of its jobs', { ...shown, last_status: 'ok', last_run: null }],
  ])('accepts the output of %s and drops read-only fields', async (_, content) => {
    const { code, sent } = await create(JSON.stringify(content, null, 2));

    expect({ code, sent }).toEqual({ code: 0, sent: [{ ...definition, retry: { attempts: 1 } }] });
  });

  it('drops the labels of the project job from which a job was copied', async () => {
    const labels = {
      team: 'x',
      'jobdeck-project': 'my-jobs',
      'jobdeck-applied': `${'0'.repeat(16)}-${'1'.repeat(32)}`,
    };

    const { sent } = await create(JSON.stringify({ ...definition, labels }));

    expect(sent).toEqual([{ ...definition, labels: { team: 'x' } }]);
  });

  it('sends unknown fields, which the API rejects', async () => {
    expect((await create('{"id":"a","colour":"red"}')).sent).toEqual([{ id: 'a', colour: 'red' }]);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['text that is not JSON', '{"id":', /^jobdeck jobs: FILE: .*JSON.*\n$/],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x22, 0xff, 0x22]),
      /^jobdeck jobs: FILE: .*encoded data was not valid.*\n$/,
    ],
  ])('rejects %s with the file name', async (_, content, err) => {
    expect(await create(content)).toEqual({ code: 1, err: expect.stringMatching(err), sent: [] });
  });
});
