import { describe, expect, it } from 'vitest';
import { parseHttpCommand } from '../../../../../lib/apply/command/http-command.ts';
import { SecretNames } from '../../../../../lib/apply/command/secret-names.ts';

const parse = (command: string) => parseHttpCommand(command, new SecretNames());
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('parseHttpCommand', () => {
  it.each([
    ['curl https://a.test/x', { url: 'https://a.test/x' }],
    ['/usr/bin/curl -fsS -o /dev/null "https://a.test/x?y=1&z=2" >/dev/null 2>&1', { url: 'https://a.test/x?y=1&z=2' }],
    [
      'curl -X put a.test/x -HCache-Control:no-cache',
      { url: 'http://a.test/x', method: 'PUT', headers: { 'cache-control': 'no-cache' } },
    ],
    [
      `curl -sd '{"a":1}' -H 'Content-Type: application/json' https://a.test`,
      { url: 'https://a.test', method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } },
    ],
    [
      'curl -d a=1 --data-urlencode "b=x y&z" https://a.test',
      { method: 'POST', body: 'a=1&b=x%20y%26z', headers: FORM, url: 'https://a.test' },
    ],
    ['curl -G -d a=1 -d b=2 https://a.test/?c=3', { url: 'https://a.test/?c=3&a=1&b=2' }],
    [
      `curl --json '{"a":1}' https://a.test`,
      {
        url: 'https://a.test',
        method: 'POST',
        body: '{"a":1}',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
      },
    ],
    [
      'curl -A probe/1 --url https://a.test -H Accept:',
      { url: 'https://a.test', headers: { 'user-agent': 'probe/1' } },
    ],
    [
      'curl --data-raw @literal https://a.test',
      { url: 'https://a.test', method: 'POST', body: '@literal', headers: FORM },
    ],
    ['wget -q -O /dev/null https://a.test/x', { url: 'https://a.test/x' }],
    [
      'wget -qO- --header="Accept: text/csv" --post-data a=1 https://a.test',
      { url: 'https://a.test', method: 'POST', body: 'a=1', headers: { accept: 'text/csv', ...FORM } },
    ],
    ['wget -nv --spider a.test', { url: 'http://a.test' }],
    // As wget itself.
    ['wget --header="Accept: a/b" --header="accept: c/d" a.test', { url: 'http://a.test', headers: { accept: 'c/d' } }],
  ])('translates %s', (command, http) => {
    expect(parse(command)).toMatchObject({ secrets: [] });
    expect((parse(command) as { readonly http: object }).http).toEqual(http);
  });

  it.each([
    [
      'curl -u alice:hunter2 https://a.test',
      'Basic {{secret:a-test.authorization}}',
      'the base64 encoding of <user>:<password> of the command',
    ],
    [
      'curl https://alice:hunter2@a.test',
      'Basic {{secret:a-test.authorization}}',
      'the base64 encoding of <user>:<password> of the command',
    ],
    [
      'wget -qO- --user alice --password hunter2 https://a.test',
      'Basic {{secret:a-test.authorization}}',
      'the base64 encoding of <user>:<password> of the command',
    ],
    [
      "curl -H 'Authorization: Bearer hunter2' https://a.test",
      'Bearer {{secret:a-test.authorization}}',
      'what follows Bearer in the value of the header authorization of the command',
    ],
    [
      'curl -H authorization:hunter2 https://a.test',
      '{{secret:a-test.authorization}}',
      'the value of the header authorization of the command',
    ],
    [
      'curl --oauth2-bearer hunter2 https://a.test',
      'Bearer {{secret:a-test.authorization}}',
      'what follows Bearer in the value of the header authorization of the command',
    ],
  ])('refers to a secret in place of the credential of %s', (command, authorization, value) => {
    const result = parse(command);

    expect(result).toMatchObject({
      http: { url: expect.stringMatching(/^https:\/\/a\.test$/), headers: { authorization } },
      secrets: [{ name: 'a-test.authorization', value }],
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('refers to a secret for each header that is not known to be harmless', () => {
    expect(parse("curl -H 'X-Team: k1' -b 'session=k2' -H 'Accept: a/b' -A 'token=k3' https://a.test")).toMatchObject({
      http: {
        headers: {
          'x-team': '{{secret:a-test.x-team}}',
          cookie: '{{secret:a-test.cookie}}',
          accept: 'a/b',
          'user-agent': '{{secret:a-test.user-agent}}',
        },
      },
      secrets: [{ name: 'a-test.x-team' }, { name: 'a-test.cookie' }, { name: 'a-test.user-agent' }],
    });
  });

  it.each([
    ['curl -m 30 https://a.test', { timeout_ms: 30_000 }],
    ['curl --max-time 0.5 https://a.test', { timeout_ms: 1_000 }],
    ['curl -m 9999 https://a.test', { timeout_ms: 840_000 }],
    ['curl --retry 3 https://a.test', { retry: { attempts: 4 } }],
    ['curl --retry 50 --retry-delay 5 https://a.test', { retry: { attempts: 20, backoff: 'fixed', delay_seconds: 5 } }],
    ['wget -qO- -t 3 https://a.test', { retry: { attempts: 3 } }],
    ['wget -qO- --tries=inf https://a.test', { retry: { attempts: 20 } }],
  ])('carries over the numbers of %s', (command, fields) => {
    expect(parse(command)).toMatchObject({ fields });
  });

  it('names the parts that a job cannot have', () => {
    expect(
      parse('curl -Lk --connect-timeout 5 -w "%{http_code}" -o out.json https://a.test >> /var/log/x'),
    ).toMatchObject({
      notCarriedOver: [
        'any status is a success: the job fails unless the status is 2xx.',
        '--location: a job follows no redirect; name the final URL.',
        '--insecure: a job verifies certificates.',
        '--connect-timeout',
        '--write-out: a run stores the response.',
        '--output: a run stores the response.',
        'the file of the output: a run stores the response.',
      ],
    });
    expect(parse('wget --no-check-certificate -T 5 https://a.test')).toMatchObject({
      notCarriedOver: [
        'wget follows redirects, a job does not: name the final URL.',
        '--no-check-certificate: a job verifies certificates.',
        '--timeout',
        'the file of the response: a run stores the response.',
      ],
    });
  });

  it.each([
    ['curl https://a.test | jq .', "it has the operator '|'"],
    ['curl https://a.test && touch /tmp/ok', "it has the operator '&&'"],
    ['curl https://a.test || true', "it has the operator '||'"],
    ['curl https://a.test < body', "it has the operator '<'"],
    ['curl "https://a.test/$(date +%F)"', 'it needs the variables or commands of a shell'],
    ['curl -H "X: $TOKEN" https://a.test', 'it needs the variables or commands of a shell'],
    ["curl 'https://a.test", 'a quote is not closed'],
    ['curl -F file=@x https://a.test', 'the option -F is not understood'],
    ['curl --proxy p https://a.test', 'the option --proxy is not understood'],
    ['curl https://a.test https://b.test', 'it names several URLs'],
    ['curl -s', 'it names no URL'],
    ['curl https://a.test -m', 'the option -m has no value'],
    ['curl -m soon https://a.test', 'a number of its options is not understood'],
    ['curl "https://a.test/[1-3]"', 'its URL stands for several ones'],
    ['curl -d @body.json https://a.test', 'it reads a file'],
    ['curl -b cookies.txt https://a.test', 'it reads cookies from a file'],
    ['curl -X PURGE https://a.test', 'the method is PURGE'],
    ['curl -H "Host: b.test" https://a.test', 'a job cannot set the header host'],
    ['curl "https://a.test/?api_key=hunter2"', 'its URL may hold a credential'],
    ['curl https://a.test/cron.php?cron_key=hunter2', 'its URL may hold a credential'],
    ['curl -d password=hunter2 https://a.test', 'its body may hold a credential'],
    ['curl ftp://a.test/x', 'its URL is not of http or https'],
    ['curl http://localhost:8080/cron', 'its host is reached only from the machine or its network'],
    ['curl http://10.0.0.7/', 'its host is reached only from the machine or its network'],
    ['wget -r https://a.test', 'the option -r is not understood'],
    ['backup --all', 'the program is backup'],
  ])('gives the reason why %s is no http job', (command, reason) => {
    expect(parse(command)).toBe(reason);
  });
});
