import { build } from 'esbuild';
import { COUNTER_INDEXES, RUN_INDEXES } from '../../../functions/core/platform/index-names.ts';
import { projectRoot } from '../../../lib/project-root.ts';

/** IAM action of each function in `functions/core/store/db.ts`. */
const VERBS: Readonly<Record<string, string>> = {
  get: 'GetItem',
  put: 'PutItem',
  update: 'UpdateItem',
  change: 'UpdateItem',
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
 * IAM actions of each method in `functions/core/platform/s3-objects.ts`. A read needs `ListBucket`, because S3 responds to
 * a missing object with 403 otherwise.
 */
const OBJECT_VERBS: Readonly<Record<string, readonly string[]>> = {
  getText: ['GetObject', 'ListBucket'],
  read: ['GetObject', 'ListBucket'],
  list: ['ListBucket'],
  put: ['PutObject'],
  remove: ['DeleteObject'],
  removeAll: ['DeleteObject', 'ListBucket'],
};
/** IAM actions of the commands in `functions/core/platform/s3-file-actions.ts`. A copy includes the tags. */
const FILE_VERBS: Readonly<Record<string, readonly string[]>> = {
  CopyObject: ['GetObject', 'GetObjectTagging', 'PutObject', 'PutObjectTagging'],
  GetObjectTagging: ['GetObjectTagging'],
  PutObjectTagging: ['PutObjectTagging'],
};
const QUEUES: Readonly<Record<string, string>> = { Tick: 'ticks', Notification: 'notifications', Sweeps: 'sweeps' };
const OBJECTS = new RegExp(`\\bobjects\\.(${Object.keys(OBJECT_VERBS).join('|')})\\(`, 'g');

/** Indexes by the store's constants. esbuild appends digits to duplicate names. */
const INDEXES = Object.entries({ RUN_INDEXES, COUNTER_INDEXES }).flatMap(([constant, indexes]) =>
  Object.keys(indexes).map((name) => [name, new RegExp(`\\b${constant}\\d*\\.${name}\\b`)] as const),
);

/**
 * The forms in which store functions access a table. `\d*` matches the digits that esbuild appends to duplicate names.
 */
const FORMS = [
  // get(db, db.tables.jobs, …)
  /\b(?<verb>get|put|update|change|remove|query|queryPages|count|putMany|removeMany)\d*\(\s*db,\s*db\.tables\.(?<table>\w+)(?=(?<rest>[^;]*))/g,
  // { table: db.tables.runs, key: … } of getMany, { table: db.tables.runs, put: … } of transact
  /\{\s*table: db\.tables\.(?<table>\w+),\s*(?<verb>key|put|update|remove|check)\s*[:}]/g,
];

/**
 * Lists the IAM actions that the code of an entry needs: on tables (`dynamodb:Query jobs`, `… runs/active` for an
 * index), queues of the platform (`sqs:SendMessage runs`) and of tenants (`sqs:ReceiveMessage in-*`), the bucket
 * (`s3:GetObject files`) and other services (`kms:Decrypt`).
 *
 * Reads the entry's bundle, from which esbuild removes the store functions that the entry cannot reach.
 *
 * @throws Error if the store accesses a table in an unknown form
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
  for (const [, message = ''] of code.matchAll(/queues\.send(Runs?|Slice|Tick|Notification|Sweeps)\(/g)) {
    actions.add(`sqs:SendMessage ${QUEUES[message] ?? 'runs'}`);
  }
  for (const [, verb] of code.matchAll(
    /new (ReceiveMessage|DeleteMessage|ChangeMessageVisibility|GetQueueUrl|GetQueueAttributes)\w*Command\(/g,
  )) {
    actions.add(`sqs:${verb} in-*`);
  }
  // Without a client for the bucket, the entry cannot call it.
  for (const [, verb = ''] of code.includes('function createObjects(') ? code.matchAll(OBJECTS) : []) {
    for (const action of OBJECT_VERBS[verb] ?? []) actions.add(`s3:${action} files`);
  }
  for (const [, verb = ''] of code.matchAll(/new (\w*Object\w*)Command\(/g)) {
    for (const action of FILE_VERBS[verb] ?? []) actions.add(`s3:${action} files`);
  }
  for (const [, verb] of code.matchAll(/new (\w+Schedule)Command\(/g)) actions.add(`scheduler:${verb}`);
  for (const [, verb] of code.matchAll(/new (GenerateDataKey|Decrypt)Command\d*\(/g)) actions.add(`kms:${verb}`);
  return [...actions].sort();
}

function storeActions(functionText: string): readonly string[] {
  const alias = /const table = db\.tables\.(\w+);/.exec(functionText);
  const body = alias
    ? functionText.replace(alias[0], '').replaceAll(/\{\s*table,/g, `{ table: db.tables.${alias[1]},`)
    : functionText;
  const found = FORMS.flatMap((form) => [...body.matchAll(form)]);
  const mentions = [...body.matchAll(/db\.tables\.\w+/g)];
  if (found.length !== mentions.length) throw new Error(`This function accesses a table in an unknown form:\n${body}`);
  return found.map(({ groups }) => {
    const { verb = '', table = '', rest = '' } = groups ?? {};
    const index = INDEXES.find(([, name]) => name.test(rest))?.[0];
    return `dynamodb:${VERBS[verb]} ${table}${index ? `/${index}` : ''}`;
  });
}
