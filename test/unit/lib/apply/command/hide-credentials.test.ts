import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideCredentials } from '../../../../../lib/apply/command/hide-credentials.ts';

describe('hideCredentials', () => {
  it.each([
    ['curl -u alice:hunter2 https://a.test/x', 'curl -u *** https://a.test/x'],
    ['curl -sSualice:hunter2 https://a.test', 'curl -sSu*** https://a.test'],
    ['curl -fsu alice:hunter2 https://a.test', 'curl -fsu *** https://a.test'],
    ['timeout 9 /usr/bin/curl -ualice:hunter2 https://a.test', 'timeout 9 /usr/bin/curl -u*** https://a.test'],
    ['curl --user=alice:hunter2 x', 'curl --user=*** x'],
    ["curl -H 'Authorization: Bearer hunter2' x", "curl -H 'Authorization: Bearer ***' x"],
    ['curl -H "X-Api-Key: hunter2" x', "curl -H 'X-Api-Key: ***' x"],
    ['curl -HAuthorization:hunter2 x', "curl '-HAuthorization: ***' x"],
    ['curl --oauth2-bearer hunter2 x', 'curl --oauth2-bearer *** x'],
    ['curl -b session=hunter2 x', 'curl -b *** x'],
    ['curl https://alice:hunter2@a.test/', 'curl https://***@a.test/'],
    ["curl 'https://a.test/?a=1&token=hunter2&b=2'", "curl 'https://a.test/?a=1&token=***&b=2'"],
    [`curl -d '{"user":"a","password":"hunter2"}' x`, `curl -d '{"user":"a","password":"***"}' x`],
    ['curl -d password=hunter2 x', 'curl -d password=*** x'],
    ['wget --password=hunter2 x', 'wget --password=*** x'],
    ['cd /srv && PGPASSWORD=hunter2 psql -c "select 1"', 'cd /srv && PGPASSWORD=*** psql -c "select 1"'],
    ['mysqldump -phunter2 db | gzip', 'mysqldump -p*** db | gzip'],
    ['sshpass -p hunter2 ssh host', 'sshpass -p *** ssh host'],
    ['sh -c "curl -u a:hunter2 x"', "sh -c 'curl -u *** x'"],
    ['backup --api-key hunter2', 'backup --api-key ***'],
    ["curl -u a:hunter2 'x", 'curl ***'],
    ['run # password=hunter2', 'run # password=***'],
  ])('replaces those of %s', (command, shown) => {
    expect(hideCredentials(command)).toBe(shown);
  });

  it.each([
    'cd /srv && ./backup.sh --all > /dev/null 2>&1 # nightly',
    'curl -fsS -u "$USER:$PASSWORD" -H "X-Team: billing" https://a.test/x?y=1',
    'rsync -a --delete /a host:/b',
    `mail -s "$(date +%F)" a@b.test`,
    '/usr/bin/php artisan schedule:run',
    'for f in *; do rm "$f"; done',
  ])('returns %s as it is', (command) => {
    expect(hideCredentials(command)).toBe(command);
  });

  it('shows no password of curl in any quoting', () => {
    const password = fc.stringMatching(/^[A-Za-z0-9 $"'\\;|&]{8,20}$/);
    const quote = fc.constantFrom(
      (text: string) => `'${text.replaceAll("'", `'\\''`)}'`,
      (text: string) => `"${text.replaceAll(/[\\$"`]/g, '\\$&')}"`,
      (text: string) => text.replaceAll(/[^A-Za-z0-9]/g, '\\$&'),
    );
    const option = fc.constantFrom('-u ', '--user ', '--user=', '-u', '-sSu ', '-sSu');

    fc.assert(
      fc.property(password, quote, option, (text, quoted, flag) => {
        const hidden = hideCredentials(`curl ${flag}${quoted(`u:${text}`)} https://a.test`);

        expect(hidden).not.toContain(text);
        expect(hidden).not.toContain(quoted(`u:${text}`));
        expect(hidden).toContain('***');
      }),
    );
  });
});
