import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpTarget } from '../../../../../functions/core/domain/job.ts';
import { execute } from '../../../../../functions/core/executors/execute.ts';
import { createAddressRule } from '../../../../../functions/core/executors/http/public-address.ts';
import { ScriptRunner } from '../../../../../functions/core/executors/script/script-runner.ts';
import { anExecution, httpTarget, scriptTarget } from '../../../../helpers/builders/executions.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { bundleScripts } from '../../../../helpers/system/script-bundle.ts';

const scripts = new ScriptRunner({ directory: '/nowhere', spare: false });

it('passes a script to the runner without reading a secret', async () => {
  const signingSecrets = vi.fn(async () => []);

  const outcome = await execute(anExecution(scriptTarget('echo')), {
    scripts,
    targets: {},
    mayConnect: createAddressRule([]),
    signingSecrets,
    readSecret: async () => undefined,
    issueCredentials: async () => undefined,
  });

  expect(outcome).toMatchObject({ status: 'error', message: "script: 'echo' is not part of this deployment" });
  expect(signingSecrets).not.toHaveBeenCalled();
});

it('signs a request with the tenant’s secret', async () => {
  const server = await startHttpServer((_, response) => response.end('done'));
  const mayConnect = createAddressRule(['127.0.0.0/8']);
  const options = {
    scripts,
    mayConnect,
    targets: {},
    signingSecrets: async () => ['whsec_a2V5'],
    readSecret: async () => undefined,
    issueCredentials: async () => undefined,
  };

  const outcome = await execute(anExecution(httpTarget(server.url)), options);

  expect(outcome).toMatchObject({ status: 'ok', stdout: { tail: 'done' } });
  expect(server.received[0]?.headers['webhook-signature']).toMatch(/^v1,.{44}$/);
  await server.close();
});

describe('a script with a role', () => {
  const KEYS = {
    AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE1',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUt/nFEMI',
    AWS_SESSION_TOKEN: 'FwoGZXIvYXdz',
  };
  let bundle: Awaited<ReturnType<typeof bundleScripts>>;

  beforeAll(async () => {
    bundle = await bundleScripts();
  });

  afterAll(() => bundle.remove());

  function given() {
    const issueCredentials = vi.fn(async () => ({ ...KEYS, AWS_REGION: 'eu-central-1' }) as Record<string, string>);
    const options = {
      scripts: new ScriptRunner({ directory: bundle.directory, spare: false }),
      targets: {},
      mayConnect: createAddressRule([]),
      signingSecrets: async () => [],
      readSecret: async () => 'hunter2-hunter2',
      issueCredentials,
    };
    const run = (env: Record<string, string>, script = 'print-variables') => {
      const names = ['AWS_REGION', ...Object.keys(KEYS), ...Object.keys(env)];
      return execute(anExecution(scriptTarget(script, names, env)), options);
    };
    return { run, issueCredentials };
  }

  it('receives its credentials beside its variables, and has them and its secrets redacted in all output', async () => {
    const { run, issueCredentials } = given();

    const outcome = await run({ TOKEN: '{{secret:token}}' }, '/opt/print-variables.js');

    expect(outcome.stdout.tail).toBe(
      [
        'AWS_REGION=eu-central-1',
        ...Object.keys(KEYS).map((name) => `${name}={{secret:${name} of the role}}`),
        'TOKEN={{secret:token}}',
      ].join('\n'),
    );
    expect(JSON.stringify(outcome)).not.toMatch(/ASIAEXAMPLE1|wJalrXUt|FwoGZXIvYXdz|hunter2/);
    expect(issueCredentials.mock.calls).toEqual([['print-variables', 25_000]]);
  });

  it('does not run if its job sets a variable of AWS', async () => {
    const { run } = given();

    const outcome = await run({ aws_endpoint_url: 'https://elsewhere.test' });

    expect(outcome).toMatchObject({
      status: 'error',
      message: 'env.aws_endpoint_url is reserved, because the script has a role',
    });
  });

  it('does not run if its credentials cannot be issued', async () => {
    const { run, issueCredentials } = given();
    issueCredentials.mockRejectedValueOnce(new Error('throttled'));

    await expect(run({})).rejects.toThrow('throttled');
  });
});

describe('secrets', () => {
  const SECRETS: Readonly<Record<string, string>> = {
    token: 'hunter2-hunter2',
    user: 'ana',
    pem: '--KEY--\nabc"def\n--END--',
  };
  let server: Awaited<ReturnType<typeof startHttpServer>>;
  let bundle: Awaited<ReturnType<typeof bundleScripts>>;
  let runner: ScriptRunner;

  beforeAll(async () => {
    bundle = await bundleScripts();
    runner = new ScriptRunner({ directory: bundle.directory, spare: false });
    // Echoes the received headers.
    server = await startHttpServer((request, response) => {
      const authorization = String(request.headers.authorization);
      if (request.url === '/elsewhere') response.writeHead(302, { location: `/?was=${authorization}` });
      response.end(JSON.stringify({ authorization }));
    });
  });
  afterAll(async () => {
    await server.close();
    await bundle.remove();
  });

  function given() {
    const secret = vi.fn(async (name: string) => SECRETS[name]);
    const options = {
      scripts: runner,
      targets: {},
      mayConnect: createAddressRule(['127.0.0.0/8']),
      signingSecrets: async () => [],
      readSecret: secret,
      issueCredentials: async () => undefined,
    };
    return {
      secret,
      request: (headers: HttpTarget['headers'], path = '/') =>
        execute(anExecution(httpTarget(server.url + path, { headers })), options),
      script: (env: Record<string, string>, names = Object.keys(env)) =>
        execute(anExecution(scriptTarget('print-variables', names, env)), options),
    };
  }

  it('sends secrets in headers and redacts them in the response', async () => {
    const { request } = given();

    const { status, stdout } = await request({
      Authorization: 'Bearer {{secret:token}} of {{secret:user}}',
      accept: 'a/b',
    });

    expect(server.received.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer hunter2-hunter2 of ana',
      accept: 'a/b',
    });
    expect(status).toBe('ok');
    expect(stdout.tail).toBe('{"authorization":"Bearer {{secret:token}} of ana"}');
  });

  it('redacts secrets in the cause of a failure', async () => {
    const { request } = given();

    const { status, message, stderr } = await request({ authorization: '{{secret:token}}' }, '/elsewhere');

    expect(status).toBe('error');
    expect(message).toMatch(/^HTTP 302 from .*: redirects are not followed \(to \/\?was={{secret:token}}\)$/);
    expect(stderr.tail).toBe(message);
  });

  it('passes secrets to a script and redacts them in all of its output', async () => {
    const { script } = given();

    const outcome = await script({ TOKEN: 'x-{{secret:token}}', PEM: '{{secret:pem}}', PLAIN: 'plain' });

    const printed = 'TOKEN=x-{{secret:token}}\nPEM={{secret:pem}}\nPLAIN=plain';
    expect(outcome).toMatchObject({ status: 'error', exitCode: 1, meta: { variables: printed } });
    expect(outcome.stdout.tail).toBe(printed);
    expect(outcome.message).toContain('TOKEN=x-{{secret:token}}');
    expect(JSON.stringify(outcome)).not.toMatch(/hunter2|--KEY--/);
  });

  it('passes secrets to the process unchanged', async () => {
    const { script } = given();

    // Too short to be redacted.
    const { stdout } = await script({ USER: '{{secret:user}}' });

    expect(stdout.tail).toBe('USER=ana');
  });

  it('reads each secret once, and none if the target names none', async () => {
    const { request, secret } = given();
    await request({ a: '{{secret:token}}', b: '{{secret:token}} {{secret:user}}' });
    expect(secret.mock.calls).toEqual([['token'], ['user']]);
    secret.mockClear();

    await request({ a: '{{mustache}}' });

    expect(secret).not.toHaveBeenCalled();
  });

  it('fails the run with the name of a missing secret before anything is sent or started', async () => {
    const { request, script } = given();
    const before = server.received.length;
    const message = "secret 'nope' does not exist; PUT /v1/secrets/nope sets it";

    for (const outcome of [
      await request({ a: '{{secret:token}}{{secret:nope}}' }),
      await script({ A: '{{secret:nope}}' }),
    ]) {
      expect(outcome).toMatchObject({ status: 'error', exitCode: null, message, stderr: { tail: message } });
    }
    expect(server.received).toHaveLength(before);
  });

  it('fails the run with the name of a secret that is invalid in a header', async () => {
    const { request } = given();

    expect(await request({ a: '{{secret:pem}}' })).toMatchObject({
      status: 'error',
      message: "secret 'pem' must be one line of printable characters in a header",
    });
  });

  it('rejects if a secret cannot be read', async () => {
    const { request, secret } = given();
    secret.mockRejectedValueOnce(new Error('throttled'));

    await expect(request({ a: '{{secret:token}}' })).rejects.toThrow('throttled');
  });
});
