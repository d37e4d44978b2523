import { build } from 'esbuild';
import { projectRoot } from '../../lib/project-root.ts';

/** IAM action of each verb of `functions/store/db.ts`. */
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

/** What a store function says to one table, in the forms that the store uses. `\d*`: esbuild tells namesakes apart. */
const FORMS = [
  // get(db, db.tables.jobs, …)
  /\b(?<verb>get|put|update|remove|query|queryPages|count|putMany|removeMany)\d*\(\s*db,\s*db\.tables\.(?<table>\w+)(?=(?<rest>[^;\n]*))/g,
  // { table: db.tables.runs, key: … } of getMany, { table: db.tables.runs, put: … } of transact
  /\{\s*table: db\.tables\.(?<table>\w+),\s*(?<verb>key|put|update|remove|check)\s*[:}]/g,
];

/**
 * What the code behind an entry asks of AWS, as IAM actions on tables (`dynamodb:Query jobs`, `… runs/active` on an
 * index), queues (`sqs:SendMessage runs`) and services (`ssm:GetParameter`).
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
  for (const [, queue] of code.matchAll(/queues\.send(Run|Tick)\(/g))
    actions.add(`sqs:SendMessage ${queue?.toLowerCase()}s`);
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
    return `dynamodb:${VERBS[verb]} ${table}${/\bACTIVE\b/.test(rest) ? '/active' : ''}`;
  });
}
