import { describe, expect, it } from 'vitest';
import { isPlainHeader, mayHoldCredential } from '../../../../../lib/apply/command/credentials.ts';

describe('mayHoldCredential', () => {
  it.each([
    'STRIPE_KEY=1',
    'SENTRY_DSN=x',
    'SLACK_WEBHOOK_URL=x',
    'dbPw: x',
    'accessCode=x',
    'https://a.test/?code=x',
    'user[password]=x',
    "pass'word'=x",
    'postgres://app:x@db/app',
    'postgres://app:pa/x@db',
    'a:p@x@b.test',
    'https://api.telegram.org/botx/send',
    'https://hooks.slack.com/services/x',
    'https://a.test/ping/8f14e45f-ceea-467f-a9d2-5c1c8d2b1a6e',
    'https://a.test/x8Jk2LmQp0Zr7Tn4Yw',
    'sk_live_x',
    'curl -fsSu a:x https://a.test',
    'curl -bx https://a.test',
    'curl -H "X-Team: x" https://a.test',
    'wget --header="X-Team: x" a.test',
    'wget --user=x a.test',
    'mysqldump -px db',
    'mongodump -p x',
    'redis-cli -a x ping',
    'echo x | sudo -n -S run',
    'run <<< x',
  ])('suspects %s', (text) => {
    expect(mayHoldCredential(text)).toBe(true);
  });

  it.each([
    'cd /srv && ./backup.sh --all > /dev/null 2>&1 # nightly',
    'curl -fsS -m 20 -A probe/1 -H "Accept: text/csv" -o /dev/null https://a.test/x?y=1 >/dev/null 2>&1',
    'curl -sw "%{http_code}" https://a.test/authors',
    `curl -sd '{"a":1}' -H 'Content-Type: application/json' https://a.test`,
    'wget -q -O - --user-agent=probe --header="Accept: text/csv" https://a.test/cron.php',
    'rsync -avz -p --delete /a host:/b',
    'mkdir -p /srv/backup && find /srv -path /x -print',
    'sudo -u www-data /usr/bin/php artisan schedule:run',
    'docker exec -u 1000 app run',
    'mail -s "$(date +%F)" a@b.test',
    'cd $PWD && for f in *; do rm "$f"; done',
    'mysqldump --all-databases | gzip > /b/20240101120000.sql.gz',
  ])('does not suspect %s', (text) => {
    expect(mayHoldCredential(text)).toBe(false);
  });
});

describe('isPlainHeader', () => {
  it.each([
    ['accept', 'text/csv', true],
    ['If-None-Match', '"1"', true],
    ['x-team', 'billing', false],
    ['referer', 'https://a.test', false],
    ['user-agent', 'token=x', false],
  ])('judges %s: %s as %s', (name, value, isPlain) => {
    expect(isPlainHeader(name, value)).toBe(isPlain);
  });
});
