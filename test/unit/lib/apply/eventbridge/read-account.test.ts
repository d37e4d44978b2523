import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { expect, it, onTestFinished } from 'vitest';
import { collect } from '../../../../../lib/apply/eventbridge/collect.ts';
import { readAccount } from '../../../../../lib/apply/eventbridge/read-account.ts';
import { aRuleNamed, aScheduleNamed, aScheduleSummary, aTarget } from '../../../../helpers/builders/eventbridge.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';

const SECONDS = 1_772_409_780;
/** The services send seconds since the epoch. */
const TIMES = { CreationDate: SECONDS, LastModificationDate: SECONDS };

const withTimes = (schedule: object) => ({ ...schedule, ...TIMES });

/** Starts services with lists of two pages, of which the second one repeats no item, and clients of them. */
async function givenAccount() {
  const server = await startHttpServer((request, response) => {
    const send = (body: object, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const body = JSON.parse(server.received.at(-1)?.body || '{}') as Readonly<Record<string, string>>;
    const url = new URL(request.url ?? '', 'http://x');
    const action = String(request.headers['x-amz-target'] ?? '').replace('AWSEvents.', '');
    if (action === 'ListRules') {
      return send(
        body.NextToken === undefined
          ? { Rules: [aRuleNamed('a'), aRuleNamed('gone')], NextToken: 'rules-2' }
          : { Rules: [aRuleNamed('b', { ManagedBy: 'x.amazonaws.com' })] },
      );
    }
    if (action === 'ListTargetsByRule') {
      if (body.Rule === 'gone') return send({ __type: 'ResourceNotFoundException', message: 'gone' }, 400);
      return send(
        body.NextToken === undefined
          ? { Targets: [aTarget({ Id: '1' })], NextToken: 'targets-2' }
          : { Targets: [aTarget({ Id: '2' })] },
      );
    }
    if (url.pathname === '/schedules') {
      return send(
        url.searchParams.get('NextToken') === null
          ? { Schedules: [{ ...aScheduleSummary('s-1', 'g'), ...TIMES }], NextToken: 'schedules-2' }
          : { Schedules: [aScheduleSummary('s-2'), aScheduleSummary('j', 'jobdeck-prod')].map(withTimes) },
      );
    }
    return send(
      aScheduleNamed(url.pathname.slice('/schedules/'.length), url.searchParams.get('groupName') ?? '', {
        ...TIMES,
        StartDate: SECONDS,
      }),
    );
  });
  onTestFinished(() => server.close());
  const options = {
    region: 'eu-central-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  };
  return { server, clients: { events: new EventBridgeClient(options), scheduler: new SchedulerClient(options) } };
}

it('reads all pages of rules, targets and schedules', async () => {
  const { clients } = await givenAccount();

  const { sources, errors } = collect(await readAccount(clients, ''));

  expect(errors).toEqual([]);
  expect(sources).toMatchObject([
    { rule: { Name: 'a' }, targets: [{ Id: '1' }, { Id: '2' }] },
    { rule: { Name: 'gone' }, targets: undefined },
    { schedule: { Name: 's-2', GroupName: 'default', StartDate: new Date('2026-03-02T00:03:00Z') } },
    { schedule: { Name: 's-1', GroupName: 'g', Target: { Input: '{"full":true}' } } },
  ]);
});

it('passes the start of the names to both services', async () => {
  const { clients, server } = await givenAccount();

  await readAccount(clients, 'prod-');

  const lists = server.received.filter(
    ({ headers, path }) => String(headers['x-amz-target']).endsWith('ListRules') || path.startsWith('/schedules?'),
  );
  expect(lists).toHaveLength(4);
  for (const { body, path } of lists) expect(body + path).toMatch(/NamePrefix"?[:=]"?prod-/);
});

it('lists the schedules that Jobdeck registered, and does not read them one by one', async () => {
  const { clients, server } = await givenAccount();

  const { leftOut } = collect(await readAccount(clients, ''));

  expect(leftOut).toContainEqual({ reason: 'Jobdeck registered them', names: ['jobdeck-prod/j'] });
  const read = server.received.flatMap(({ path }) => /^\/schedules\/([^?]+)/.exec(path)?.[1] ?? []);
  expect(read.sort()).toEqual(['s-1', 's-2']);
});
