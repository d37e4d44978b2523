import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DefinitionView } from '../../functions/api/definition/definition-view.ts';
import { NAMED_TYPES } from '../../functions/core/domain/job.ts';
import { withoutDirectionControls } from '../../functions/core/domain/text.ts';
import type { Project } from '../project/load-project.ts';
import { ownLabels } from './managed-labels.ts';
import { normalizeDefinition } from './normalize-job.ts';
import { formatLiteral, formatText } from './source-literal.ts';

/** The folders of a project that a job file depends on, relative to the project, and its scripts. */
export interface ProjectLayout {
  readonly scripts: readonly string[];
  /** Path of the folder of the scripts from the folder of the jobs: `../scripts`. */
  readonly scriptsPath: string;
}

/** Returns the folders of the project as seen from its job files. */
export const layoutOf = ({
  scripts,
  scriptsFolder,
  jobsFolder,
}: Pick<Project, 'scripts' | 'scriptsFolder' | 'jobsFolder'>): ProjectLayout => {
  const scriptsPath = posix.relative(posix.normalize(jobsFolder), posix.normalize(scriptsFolder));
  return { scripts, scriptsPath: scriptsPath.startsWith('.') ? scriptsPath : `./${scriptsPath}` };
};

/** Characters of a script's name that end a word of its identifier. */
const WORD_END = /[^A-Za-z0-9]+(.)?/g;

/**
 * Formats a job as the source of a file in `jobs/`. Fields with their defaults are omitted. The script is imported if the
 * project has it, and named otherwise.
 *
 * @param comment lines of a comment in front of the job
 */
export function formatJobFile(job: DefinitionView, layout: ProjectLayout, comment: readonly string[] = []): string {
  const fields = withoutDefaults({ ...job, labels: ownLabels(job.labels) });
  const isFlow = job.type === 'flow';
  const helper = isFlow ? 'defineFlow' : 'defineJob';
  const script = job.script !== null && layout.scripts.includes(job.script) ? job.script : undefined;
  const identifier = script === undefined ? undefined : identifierOf(script);
  const lines = Object.entries(fields).map(([name, value]) =>
    name === 'script' && identifier !== undefined
      ? `  script: ${identifier},`
      : `  ${name}: ${formatLiteral(value, 2)},`,
  );
  return [
    `import { ${helper} } from 'jobdeck';`,
    ...(script === undefined ? [] : [`import ${identifier} from ${formatText(`${layout.scriptsPath}/${script}.ts`)};`]),
    '',
    ...comment.map(formatComment),
    `export default ${helper}({`,
    ...lines,
    '});',
    '',
  ].join('\n');
}

/**
 * Formats a line of a comment. Line breaks, which would end the comment, and other control characters become spaces;
 * characters that change the direction of text are removed.
 */
export const formatComment = (text: string): string =>
  `// ${withoutDirectionControls(text).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`.trimEnd();

/** Fields whose own fields have defaults. */
const NESTED = ['http', 'retry', 'flow', ...NAMED_TYPES] as const;

/** Returns the fields that define the same job without the others. */
function withoutDefaults(job: DefinitionView): Readonly<Record<string, unknown>> {
  const sorted = { ...job, env: sortNames(job.env), labels: sortNames(job.labels), http: withSortedHeaders(job.http) };
  const whole = normalizeDefinition(sorted);
  const names = Object.keys(sorted);
  const nulls = names.filter((name) => sorted[name as keyof typeof sorted] === null);
  if (whole === undefined) return omit(sorted, nulls);
  const isWhole = (fields: Fields) => isDeepStrictEqual(normalizeDefinition(fields), whole);
  // A normalization takes 0.2 ms. Most fields are null and are omitted with one.
  const withoutNulls = omitWhile(isWhole, sorted, nulls);
  let fields = omitWhile(
    isWhole,
    withoutNulls,
    Object.keys(withoutNulls).filter((name) => !nulls.includes(name)),
  );
  for (const field of NESTED) {
    const nested = fields[field] as Fields | null | undefined;
    if (!nested) continue;
    const isWholeWith = (own: Fields) => isWhole({ ...fields, [field]: own });
    fields = { ...fields, [field]: omitWhile(isWholeWith, nested, Object.keys(nested)) };
  }
  return fields;
}

type Fields = Readonly<Record<string, unknown>>;

function omit(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** Omits names as long as the predicate holds for the rest: all at once if possible, otherwise by halves. */
function omitWhile(holds: (rest: Fields) => boolean, fields: Fields, names: readonly string[]): Fields {
  if (names.length === 0) return fields;
  const rest = omit(fields, names);
  if (holds(rest)) return rest;
  if (names.length === 1) return fields;
  const half = names.length >> 1;
  return omitWhile(holds, omitWhile(holds, fields, names.slice(0, half)), names.slice(half));
}

/** The store does not keep the order of names. */
function sortNames<Value extends object | null | undefined>(map: Value): Value {
  if (!map) return map;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) as Value;
}

function withSortedHeaders(http: DefinitionView['http']): DefinitionView['http'] {
  return http && { ...http, headers: sortNames(http.headers) };
}

/** Returns an identifier for an imported script: `syncOrders` for `sync-orders`. */
export function identifierOf(script: string): string {
  const words = script.replaceAll(WORD_END, (_, letter: string | undefined) => letter?.toUpperCase() ?? '');
  // The suffix avoids reserved words and the names of the helpers.
  return `${words.replace(/^\d/, '_$&')}Script`;
}
