import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCrontab } from '../../../../lib/apply/crontab.ts';
import { crontabFiles } from '../../../../lib/apply/crontab-files.ts';

const layout = { scripts: [], scriptsPath: '../scripts', jobsFolder: 'jobs', scriptsFolder: 'scripts' };

/** All that an import writes and prints, in lower case as ids are. */
async function importText(lines: readonly string[], hasUsers = false): Promise<string> {
  const { entries, errors } = parseCrontab(lines.join('\n'), { timezone: 'UTC', hasUsers });
  const result = await crontabFiles(entries, layout);
  return JSON.stringify([result, errors]).toLowerCase();
}

/** Commands with a credential in place of `§`, which is quoted as a part of a word. */
const COMMANDS = [
  'curl -u admin:§ https://a.test/x',
  'curl -sSuadmin:§ https://a.test/x',
  'curl -fsu admin:§ https://a.test | jq .',
  'curl --user admin:§ -F file=@x https://a.test',
  'curl --proxy-user=a:§ https://a.test',
  'curl --cert c.pem:§ https://a.test',
  'curl --oauth2-bearer § https://a.test',
  'curl -b session=§ https://a.test',
  'curl -b id=§ https://a.test',
  "curl -H 'X-Auth-Key: '§ https://a.test",
  "curl -H 'X-Team: '§ https://a.test",
  "curl -HX-Team:§ 'https://a.test'",
  "curl --header 'Ocp-Apim-Subscription-Key: '§ https://a.test",
  "curl -H 'X-Functions-Key: '§ https://a.test | cat",
  "curl -sH 'DD-APPLICATION-KEY: '§ https://a.test",
  "curl -H 'X-Signature: '§ https://a.test",
  `curl -H 'Authorization: Token token="'§'"' https://a.test`,
  'curl -e https://b.test/?x=§ https://a.test',
  "curl -A 'probe token='§ https://a.test",
  'curl -d password=§ https://a.test',
  "curl -d 'user[password]='§ https://a.test",
  "curl -d '<password>'§'</password>' https://a.test",
  `curl -d '{"password":["'§'"]}' https://a.test`,
  `curl -d "{'password':'"§"'}" https://a.test`,
  `curl -d "password='"§"'" https://a.test`,
  'curl --data-urlencode password=§ https://a.test',
  'curl -G -d api_key=§ https://a.test',
  'curl -d code=§ -d a=1 https://a.test',
  'curl https://a.test/cron?code=§',
  'curl https://a.test/cron?x=1#access_token=§',
  'curl https://user:§@a.test/x',
  'curl https://user:p@§@a.test/x',
  'curl https://user:pa/§@a.test/x',
  'curl a:§@a.test',
  'curl https://api.telegram.org/bot123:§/sendMessage',
  'curl -X POST https://hooks.slack.com/services/T0/B0/§',
  'curl https://discord.com/api/webhooks/1/§',
  'curl https://hc-ping.com/§',
  'curl -w token=§ -o /tmp/password-§ https://a.test',
  'curl -X PASSWORD§ https://a.test',
  'curl -u a:b --password-§ https://a.test',
  'curl -u a:b https://a.test >> /tmp/§',
  'wget -qO- --post-data=password=§ https://a.test',
  `wget --post-data='{"password":"'§'"}' https://a.test`,
  'wget --password=§ --user=a https://a.test',
  "wget --header='Cookie: a='§ https://a.test",
  'wget --referer=https://a.test/?token=§ https://a.test',
  'HOOK=https://e.com/?token=§ ./run',
  'PGPASSWORD=§ pg_dump app > "/b/$(date +%F).sql"',
  'PGPASSWORD=§ pg_dump app',
  'cd /srv && PGPASSWORD=§ ./run.sh',
  'AWS_SECRET_ACCESS_KEY=abc/§ aws s3 sync a b',
  'env A=1 DB_PASS=§ run',
  'TOKEN="$(curl -u admin:§ https://a.test)" run',
  'TOKEN=`cat password §` run',
  'mysqldump -p§ db | gzip',
  'mysql -uroot -p§ -e "select 1"',
  'mongodump -p §',
  'redis-cli -a § ping',
  'sshpass -p§ ssh host',
  'sshpass -p § ssh host',
  'ldapsearch -w § -x',
  'smbclient //h/s § -U a',
  'sqlplus a/§@db',
  'lftp -u a,§ host',
  'zip -P § a.zip b',
  `curl -b 'a="'§'"' https://a.test | cat`,
  'rar a -hp§ a.rar b',
  'openssl aes-256-cbc -k § -in a',
  'check_http -a admin:§ -H host',
  'rpcclient -U a\\%§ host',
  'sendemail -xu a -xp §',
  'echo § | kinit',
  `mysql -e "ALTER USER a IDENTIFIED BY '"§"'"`,
  "curl -d '<pwd>'§'</pwd>' https://a.test",
  'backup --password § --all',
  'backup --api-key=§',
  'backup -p § --all',
  'backup --db postgres://app:§@db',
  'backup --db postgres://app:pa/§@db',
  'rsync user:§@host::module /b',
  'git pull https://oauth2:§@git.test/x.git',
  'echo § | sudo -S run',
  'kinit a <<< §',
  'curl § -u',
  'run # password §',
  '/opt/tokens/§ --all',
] as const;

const CONTAINERS: readonly ((command: string) => string)[] = [
  (command) => command,
  (command) => `cd /srv && ${command}`,
  (command) => `nice -n 5 ${command} >/dev/null 2>&1`,
  (command) => `bash -lc ${quoteOnce(command)}`,
  (command) => `ssh host "${command.replaceAll(/[\\$"`]/g, '\\$&')}"`,
  (command) => `test -e /x || ${command}; true`,
  (command) => `${command}%yes`,
  (command) => `run%${command}`,
  (command) => `"${command}`,
];
const quoteOnce = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const QUOTES: readonly ((text: string) => string)[] = [
  quoteOnce,
  (text) => `"${text.replaceAll(/[\\$"`]/g, '\\$&')}"`,
  (text) => text.replaceAll(/[^A-Za-z0-9]/g, '\\$&'),
];
/** Crontabs with the command. */
const PLACES: readonly ((command: string) => readonly string[])[] = [
  (command) => [`0 5 * * * ${command}`],
  (command) => [`@daily ${command}`],
  (command) => ['# Nightly', `0 5 * * * ${command}`],
  (command) => [`# 0 5 * * * ${command}`, '0 6 * * * /usr/bin/backup'],
  (command) => [`#0 5 * * * ${command}`, '# Nightly', '0 6 * * * /usr/bin/backup'],
  (command) => [`# ${command}`, '0 6 * * * curl https://a.test'],
  (command) => [`61 5 * * * ${command}`],
  (command) => [`@sometimes ${command}`],
  (command) => [command],
];
const VARIABLES = [
  'DATABASE_URL=postgres://app:§@db/app',
  'SENTRY_DSN=§',
  'HOOK_URL="https://a.test/?token=§"',
  'STRIPE_KEY = §',
  'ENCRYPTION_KEY=§',
  "SLACK_WEBHOOK_URL='https://hooks.slack.com/services/§'",
  'OPTIONS=--password=§',
  'PATH=/bin:https://a:§@b.test',
  'MAILTO=https://a:§@b.test',
  'CRON_TZ=token=§',
  'export API_TOKEN=§',
  '"API TOKEN" = §',
] as const;

describe('an import of a crontab', () => {
  it.each(COMMANDS)('writes no credential of %s', async (template) => {
    const command = template.replaceAll('§', 'hunter2');
    for (const place of PLACES) expect(await importText(place(command))).not.toContain('hunter2');
  });

  it.each(VARIABLES)('writes no credential of %s', async (template) => {
    for (const secret of ['hunter2', 'my hunter2', 'a&hunter2;3']) {
      const lines = [template.replace('§', secret), '0 5 * * * run', '@daily curl https://a.test'];

      expect(await importText(lines), lines.join('\n')).not.toContain('hunter2');
    }
  });

  it('writes no part of a credential in any quoting, container and place', async () => {
    const padding = fc.stringMatching(/^[A-Za-z0-9 $"'\\;|&#%@:/=,(){}<>`-]{0,6}$/);

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...COMMANDS),
        fc.tuple(padding, padding).map(([before, after]) => `${before}hunter2${after}`),
        fc.constantFrom(...QUOTES),
        fc.constantFrom(...CONTAINERS),
        fc.constantFrom(...PLACES),
        fc.boolean(),
        async (template, secret, quote, container, place, hasUsers) => {
          const command = container(template.replaceAll('§', () => quote(secret)));

          expect(await importText(place(hasUsers ? `root ${command}` : command), hasUsers)).not.toContain('hunter2');
          expect(await importText(place(command), true)).not.toContain('hunter2');
        },
      ),
      { numRuns: 300 },
    );
  });
});
