import { build } from 'esbuild';
import { projectRoot } from '../../../lib/project-root.ts';

/** IAM action of each verb of `functions/core/store/db.ts`. */
const VERBS: Readonly<Record<string, string>> = {
  get: 'GetItem',
  put: 'PutItem',
  update: 'UpdateItem',
  remove: 'DeleteItem',
  query: 'Query',
  queryPages: 'Query',
  count: 'Query',
  putMany: 'BatchWriteItem',
  removeMany: 'BatchWriteItem',
  key: 'BatchGetItem',
  check: 'ConditionCheckItem',
};

/**
 * IAM actions of each verb of `functions/core/platform/objects.ts`. Who reads must be allowed to list, or S3 calls a missing
 * object forbidden.
 */
const OBJECT_VERBS: Readonly<Record<string, readonly string[]>> = {
  getText: ['GetObject', 'ListBucket'],
  read: ['GetObject', 'ListBucket'],
  list: ['ListBucket'],
  put: ['PutObject'],
  remove: ['DeleteObject'],
  removeAll: ['DeleteObject', 'ListBucket'],
};
const QUEUES: Readonly<Record<string, string>> = { Tick: 'ticks', Notification: 'notifications' };
const OBJECTS = new RegExp(`\\bobjects\\.(${Object.keys(OBJECT_VERBS).join('|')})\\(`, 'g');

/** The indexes, as the store's constants name them; esbuild tells namesakes apart. */
const INDEXES = [
  ['active', /\bACTIVE\d*\b/],
  ['byTenant', /\bBY_TENANT\d*\b/],
] as const;

/** What a store function says to one table, in the forms that the store uses. `\d*`: esbuild tells namesakes apart. */
const FORMS = [
  // get(db, db.tables.jobs, …)
  /\b(?<verb>get|put|update|remove|query|queryPages|count|putMany|removeMany)\d*\(\s*db,\s*db\.tables\.(?<table>\w+)(?=(?<rest>[^;]*))/g,
  // { table: db.tables.runs, key: … } of getMany, { table: db.tables.runs, put: … } of transact
  /\{\s*table: db\.tables\.(?<table>\w+),\s*(?<verb>key|put|update|remove|check)\s*[:}]/g,
];

/**
 * What the code behind an entry asks of AWS, as IAM actions on tables (`dynamodb:Query jobs`, `… runs/active` on an
 * index), the platform's queues (`sqs:SendMessage runs`) and its tenants' (`sqs:ReceiveMessage in-*`), the bucket
 * (`s3:GetObject files`) and services (`ssm:GetParameter`).
 *
 * Read from the entry's bundle: esbuild drops every store function that the entry cannot reach.
 *
 * @throws Error when the store uses a table in a form that is not known here
 */
export async function codeActions(entry: string): Promise<readonly string[]> {
  const { outputFiles } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    logLevel: 'silent',
  });
  const code = outputFiles[0]?.text ?? '';
  const actions = new Set<string>();
  for (const body of code.split(/^(?=(?:async )?function)/m))
    for (const action of storeActions(body)) actions.add(action);
  for (const [, message = ''] of code.matchAll(/queues\.send(Run|Slice|Tick|Notification)\(/g)) {
    actions.add(`sqs:SendMessage ${QUEUES[message] ?? 'runs'}`);
  }
  for (const [, verb] of code.matchAll(
    /new (ReceiveMessage|DeleteMessage|ChangeMessageVisibility|GetQueueUrl|GetQueueAttributes)\w*Command\(/g,
  )) {
    actions.add(`sqs:${verb} in-*`);
  }
  // Who makes no client for the bucket hands none on: what is done with one is then left to others.
  for (const [, verb = ''] of code.includes('function createObjects(') ? code.matchAll(OBJECTS) : []) {
    for (const action of OBJECT_VERBS[verb] ?? []) actions.add(`s3:${action} files`);
  }
  for (const [, verb] of code.matchAll(/new (\w+Schedule)Command\(/g)) actions.add(`scheduler:${verb}`);
  for (const [, verb] of code.matchAll(/new (\w+Parameter\w*)Command\d*\(/g)) actions.add(`ssm:${verb}`);
  return [...actions].sort();
}

function storeActions(functionText: string): readonly string[] {
  const alias = /const table = db\.tables\.(\w+);/.exec(functionText);
  const body = alias
    ? functionText.replace(alias[0], '').replaceAll(/\{\s*table,/g, `{ table: db.tables.${alias[1]},`)
    : functionText;
  const found = FORMS.flatMap((form) => [...body.matchAll(form)]);
  const mentions = [...body.matchAll(/db\.tables\.\w+/g)];
  if (found.length !== mentions.length) throw new Error(`Cannot tell what this does to which table:\n${body}`);
  return found.map(({ groups }) => {
    const { verb = '', table = '', rest = '' } = groups ?? {};
    const index = INDEXES.find(([, name]) => name.test(rest))?.[0];
    return `dynamodb:${VERBS[verb]} ${table}${index ? `/${index}` : ''}`;
  });
}
