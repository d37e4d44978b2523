import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
  type Target,
} from '@aws-sdk/client-eventbridge';
import {
  GetScheduleCommand,
  paginateListSchedules,
  SchedulerClient,
  type ScheduleSummary,
} from '@aws-sdk/client-scheduler';
import { mapConcurrently } from '../map-concurrently.ts';
import { parseAwsOutput } from './aws-output.ts';
import { isOwnGroup, type NamedOutput } from './collect.ts';

/** Rules or schedules that are read at a time. */
const CONCURRENCY = 4;

/** Clients of the account and region. */
export interface EventBridgeClients {
  readonly events: EventBridgeClient;
  readonly scheduler: SchedulerClient;
}

/**
 * Creates the clients with the credentials that the AWS SDK finds.
 *
 * @param region by default that of the environment or of the profile
 */
export const createClients = (region: string | undefined): EventBridgeClients => ({
  events: new EventBridgeClient(region === undefined ? {} : { region }),
  scheduler: new SchedulerClient(region === undefined ? {} : { region }),
});

/**
 * Reads the rules of the default event bus, the only one with schedules, and the schedules of all groups. Those that Jobdeck
 * registered, which may be many, are listed only.
 *
 * @param prefix start of the names; '' for all
 * @throws Error of the AWS SDK
 */
export async function readAccount(
  { events, scheduler }: EventBridgeClients,
  prefix: string,
): Promise<readonly NamedOutput[]> {
  const rules = await listRules(events, prefix);
  const scheduled = rules.filter(({ ScheduleExpression, ManagedBy }) => ScheduleExpression && !ManagedBy);
  const targets = await mapConcurrently(scheduled, CONCURRENCY, ({ Name = '' }) =>
    unlessDeleted(async () => {
      const Targets = await listTargets(events, Name);
      return { from: Name, rule: Name, output: parseAwsOutput({ Targets }) };
    }),
  );
  const summaries = await listSchedules(scheduler, prefix);
  const isOwn = ({ GroupName }: ScheduleSummary) => isOwnGroup(GroupName ?? '');
  const others = summaries.filter((summary) => !isOwn(summary));
  const schedules = await mapConcurrently(others, CONCURRENCY, ({ GroupName, Name }) =>
    unlessDeleted(async () => {
      const { $metadata: _, ...schedule } = await scheduler.send(new GetScheduleCommand({ GroupName, Name }));
      return { from: Name ?? '', rule: '', output: parseAwsOutput(schedule) };
    }),
  );
  const read = [...targets, ...schedules].filter((output) => output !== undefined);
  return [
    { from: 'list-rules', rule: '', output: parseAwsOutput({ Rules: rules }) },
    { from: 'list-schedules', rule: '', output: parseAwsOutput({ Schedules: summaries.filter(isOwn) }) },
    ...read,
  ];
}

/** @returns `undefined` if the rule or schedule was deleted after the list had been read */
async function unlessDeleted<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function listRules(events: EventBridgeClient, prefix: string): Promise<readonly Rule[]> {
  const rules: Rule[] = [];
  let token: string | undefined;
  do {
    const page = await events.send(new ListRulesCommand({ NextToken: token, ...(prefix && { NamePrefix: prefix }) }));
    rules.push(...(page.Rules ?? []));
    token = page.NextToken;
  } while (token);
  return rules;
}

async function listTargets(events: EventBridgeClient, rule: string): Promise<readonly Target[]> {
  const targets: Target[] = [];
  let token: string | undefined;
  do {
    const page = await events.send(new ListTargetsByRuleCommand({ Rule: rule, NextToken: token }));
    targets.push(...(page.Targets ?? []));
    token = page.NextToken;
  } while (token);
  return targets;
}

async function listSchedules(client: SchedulerClient, prefix: string): Promise<readonly ScheduleSummary[]> {
  const schedules: ScheduleSummary[] = [];
  for await (const page of paginateListSchedules({ client }, prefix ? { NamePrefix: prefix } : {})) {
    schedules.push(...(page.Schedules ?? []));
  }
  return schedules;
}
