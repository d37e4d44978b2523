import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { recordPort } from '../../../../../lib/local/issuer/folder-issuer.ts';
import { issuerUrl, openIssuer } from '../../../../../lib/local/issuer/issuer.ts';
import { projectRoot } from '../../../../../lib/project-root.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

/** Creates a data folder as left by a system on port 4001. */
async function aFolder(): Promise<string> {
  const folder = temporaryFolder();
  await openIssuer(folder, 4001);
  recordPort(folder, 4001);
  return folder;
}

type Environment = Readonly<Record<string, string>>;
interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function npmRunToken(env: Environment): Promise<Ended> {
  const args = [join(projectRoot, 'bin/token.ts'), '--tenant', 'acme', '--roles', 'ADMIN'];
  return promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  );
}

async function jobdeckToken(env: Environment): Promise<Ended> {
  const said: Record<'out' | 'err', string[]> = { out: [], err: [] };
  const code = await main(['token', '--tenant', 'acme'], env, {
    out: (text) => void said.out.push(text),
    err: (text) => void said.err.push(text),
  });
  return { code, out: said.out.join(''), err: said.err.join('') };
}

describe.each([
  ['npm run token', npmRunToken],
  ['jobdeck token', jobdeckToken],
])('%s', (_, token) => {
  it('issues a token of the last system that used the data folder', async () => {
    const { code, out } = await token({ JOBDECK_DATA: await aFolder() });

    expect(code).toBe(0);
    expect(decodeJwt(out.trim()).iss).toBe(issuerUrl(4001));
  });

  it("rejects a port that differs from the system's", async () => {
    const folder = await aFolder();

    const { code, out, err } = await token({ JOBDECK_DATA: folder, JOBDECK_PORT: '4002' });

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`The local system in ${folder} has port 4001, not 4002`);
  });

  it('rejects a data folder that no system has used', async () => {
    const folder = temporaryFolder();

    const { code, out, err } = await token({ JOBDECK_DATA: folder, JOBDECK_PORT: '4001' });

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`There is no local system in ${folder}`);
  });
});
