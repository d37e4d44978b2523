import { expect, test } from 'vitest';
import { FUNCTION_ENTRIES } from '../../../lib/bundle.ts';
import { codeActions } from '../../helpers/stack/code-actions.ts';
import { actionsOf, resourcesOf, statementsOf, tenantStatementsOf } from '../../helpers/stack/policies.ts';
import { synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');

/** What Lambda does on a function's behalf: consuming its event source, reporting its failures, logs, traces. */
const PLUMBING = [
  /^dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)\b/,
  /^sqs:(?!SendMessage )\w+ (?!in-)/,
  /^sqs:SendMessage .*-dead-letters$/,
  /^(logs|xray|iam|sts):/,
];

/**
 * Starting a run makes the row of an idempotency key where there is one: for a request. This starts runs too, but for
 * ticks, and gets there only in theory.
 */
const ONLY_FOR_REQUESTS = 'dynamodb:PutItem access';
const START_BY_TICK = ['dispatcher'];

/** What a checkpoint does to its row, beside making it: who is given no bucket leaves it to who is. */
const ONLY_WITH_OBJECTS = ['dynamodb:DeleteItem records', 'dynamodb:UpdateItem records'];

/**
 * `jobs` of the ARN of a table or queue, `runs/active` of an index's, `files` of the bucket's, whatever the folder; empty
 * for what has no name here.
 */
function shortName(arn: string): string {
  if (arn.startsWith('arn:aws:s3:::jobdeck-prod-files-')) return 'files';
  const [, name = '', index = ''] = /[:/]jobdeck-prod-([a-z-]+\*?)(?:\/index\/(\w+))?$/.exec(arn) ?? [];
  return index ? `${name}/${index}` : name;
}

/** What a function's role lets its code do, and the one for tenants that it assumes, in the words of `codeActions`. */
function grantedActions(name: string): readonly string[] {
  const granted = [...statementsOf(prod, name), ...tenantStatementsOf(prod, name)].flatMap((statement) =>
    actionsOf(statement).flatMap((action) => resourcesOf(statement).map((arn) => `${action} ${shortName(arn)}`.trim())),
  );
  return [...new Set(granted)].filter((action) => !PLUMBING.some((form) => form.test(action))).sort();
}

test.each(Object.entries(FUNCTION_ENTRIES))('%s may do what its code does, and nothing else', async (name, entry) => {
  const inCode = await codeActions(entry);
  const inTheory = [
    ...(START_BY_TICK.includes(name) ? [ONLY_FOR_REQUESTS] : []),
    ...(inCode.some((action) => action.startsWith('s3:')) ? [] : ONLY_WITH_OBJECTS),
  ];
  expect(grantedActions(name)).toEqual(inCode.filter((action) => !inTheory.includes(action)));
});
