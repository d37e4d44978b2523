import { expect, test } from 'vitest';
import { FUNCTION_ENTRIES } from '../../../lib/function-entries.ts';
import { codeActions } from '../../helpers/stack/code-actions.ts';
import { actionsOf, resourcesOf, statementsOf, tenantStatementsOf } from '../../helpers/stack/policies.ts';
import { synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');

/** Actions that Lambda performs on behalf of a function: reading its event source, reporting failures, logs, traces. */
const PLUMBING = [
  /^dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)\b/,
  /^sqs:(?!SendMessage )\w+ (?!in-)/,
  /^(logs|xray|iam|sts):/,
];

/**
 * Starting a run with an idempotency key writes a row. Ticks have no key, so the dispatcher never reaches this code.
 */
const ONLY_FOR_REQUESTS = 'dynamodb:PutItem access';
const START_BY_TICK = ['dispatcher'];

/**
 * An action on checkpoints that only callers with bucket access perform, apart from the surfaces that move delayed runs and
 * edit errors.
 */
const ONLY_WITH_OBJECTS = 'dynamodb:UpdateItem records';
const UPDATES_RECORDS = ['api-runner', 'api-flows'];

/**
 * Short name of a resource ARN: `jobs` for a table or queue, `runs/active` for an index, `files` for the bucket; empty
 * for other resources.
 */
function shortName(arn: string): string {
  if (arn.startsWith('arn:aws:s3:::jobdeck-prod-files-')) return 'files';
  const [, name = '', index = ''] = /[:/]jobdeck-prod-([a-z-]+\*?)(?:\/index\/(\w+))?$/.exec(arn) ?? [];
  return index ? `${name}/${index}` : name;
}

/** Actions granted to a function's role and to its tenant role, in the format of `codeActions`. */
function grantedActions(name: string): readonly string[] {
  const granted = [...statementsOf(prod, name), ...tenantStatementsOf(prod, name)].flatMap((statement) =>
    actionsOf(statement).flatMap((action) => resourcesOf(statement).map((arn) => `${action} ${shortName(arn)}`.trim())),
  );
  const isPlumbing = (action: string) =>
    PLUMBING.some((pattern) => pattern.test(action)) || action.endsWith('-dead-letters');
  return [...new Set(granted)].filter((action) => !isPlumbing(action)).sort();
}

test.each(Object.entries(FUNCTION_ENTRIES))(
  '%s has exactly the permissions that its code uses',
  async (name, entry) => {
    const inCode = await codeActions(entry);
    const inTheory = [
      ...(START_BY_TICK.includes(name) ? [ONLY_FOR_REQUESTS] : []),
      ...(UPDATES_RECORDS.includes(name) || inCode.some((action) => action.startsWith('s3:'))
        ? []
        : [ONLY_WITH_OBJECTS]),
    ];
    expect(grantedActions(name)).toEqual(inCode.filter((action) => !inTheory.includes(action)));
  },
);
