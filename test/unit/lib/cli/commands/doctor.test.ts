import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../../lib/doctor/finding.ts';
import { projectRoot } from '../../../../../lib/project-root.ts';
import { startAwsAccount } from '../../../../helpers/fakes/aws-account.ts';
import { givenProject } from '../../../../helpers/project/given-project.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

/** Runs the command in a process of its own, with an empty home folder. */
async function doctor(cwd: string, variables: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, HOME: temporaryFolder(), AWS_EC2_METADATA_DISABLED: 'true', ...variables };
  const child = spawn(process.execPath, [join(projectRoot, 'bin', 'cli.ts'), 'doctor', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code: code as number };
}

const JOBDECK_DYNAMODB_ENDPOINT = 'http://127.0.0.1:1';

describe('jobdeck doctor', () => {
  it('exits with 0 outside a project and without credentials', async () => {
    const { code, out, err } = await doctor(temporaryFolder(), { JOBDECK_DYNAMODB_ENDPOINT });

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ok {7}node: Node\.js /);
    expect(out).toMatch(/^skipped {2}credentials: no AWS credentials/m);
  });

  it('uses the credentials of the environment and exits with 1 for a problem, as JSON', async () => {
    const aws = await startAwsAccount({ bootstrap: [400, { __type: 'ParameterNotFound' }] });
    const variables = { ...aws.variables, AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret-of-the-test' };

    const { code, out } = await doctor(givenProject(), { JOBDECK_DYNAMODB_ENDPOINT, ...variables }, '--json');

    await aws.close();
    const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] };
    expect(code).toBe(1);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'bootstrap', level: 'problem' }));
    expect(out).not.toContain('secret-of-the-test');
  });
});
