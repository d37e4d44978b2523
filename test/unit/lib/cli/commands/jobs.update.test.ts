import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const current = {
  id: 'a',
  name: 'A',
  script: 'echo',
  created_at: '2026-03-02T01:00:00.000Z',
  updated_at: '2026-03-04T05:06:07.890Z',
};
const older = { ...current, updated_at: '2026-03-03T00:00:00.000Z' };

/** Runs `jobs update a -f` on a file with this content, against the job `current`. */
async function update(content: object, ...more: readonly string[]) {
  const file = join(temporaryFolder(), 'job.json');
  writeFileSync(file, JSON.stringify(content));
  const server = await startHttpServer(({ method }, response) => {
    response.writeHead(200, { etag: '"a1b2c3d4e5-4"' });
    response.end(JSON.stringify(method === 'GET' ? { job: current } : { ok: true }));
  });
  const output: string[] = [];
  const errors: string[] = [];
  const args = ['jobs', 'update', 'a', '-f', file, ...more, '--url', server.url, '--token', 'x'];
  const code = await main(args, {}, { out: (text) => void output.push(text), err: (text) => void errors.push(text) });
  await server.close();
  const changes = server.received.filter(({ method }) => method !== 'GET');
  return {
    code,
    out: output.join(''),
    err: errors.join(''),
    sent: changes.map(({ method, path, headers, body }) => [method, path, headers['if-match'], body]),
  };
}

describe('jobs update', () => {
  it('updates the version in the file', async () => {
    expect(await update({ ...current, name: 'B' })).toEqual({
      code: 0,
      out: 'Changed a\n',
      err: '',
      sent: [['PATCH', '/jobs/a', '"a1b2c3d4e5-4"', '{"id":"a","name":"B","script":"echo"}']],
    });
  });

  it.each<[string, object]>([
    ['was changed', older],
    ['was deleted and defined anew', { ...current, created_at: '2026-03-01T00:00:00.000Z' }],
  ])('sends nothing if the job %s', async (_, content) => {
    const { code, err, sent } = await update(content);

    expect({ code, sent }).toEqual({ code: 1, sent: [] });
    expect(err).toMatch(
      /^jobdeck jobs: the job was changed at 2026-03-04T05:06:07.890Z, the file holds it as of 2026-03-0.*; get the job again/,
    );
  });

  it.each<[string, string]>([
    ['a1b2c3d4e5-2', '"a1b2c3d4e5-2"'],
    ['"a1b2c3d4e5-2"', '"a1b2c3d4e5-2"'],
    ['*', '*'],
  ])('sends --if-match %s instead of the version of the file', async (tag, header) => {
    const { code, sent } = await update(older, '--if-match', tag);

    expect({ code, header: sent[0]?.[2] }).toEqual({ code: 0, header });
  });

  it('updates any version if the file names none', async () => {
    const { code, sent } = await update({ name: 'B' });

    expect({ code, sent }).toEqual({ code: 0, sent: [['PATCH', '/jobs/a', undefined, '{"name":"B"}']] });
  });
});
