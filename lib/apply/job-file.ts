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
  const isWhole = (fields: object) => isDeepStrictEqual(normalizeDefinition(fields), whole);
  let fields: Readonly<Record<string, unknown>> = sorted;
  for (const name of Object.keys(sorted)) {
    const { [name]: value, ...rest } = fields;
    if (whole === undefined ? value === null : isWhole(rest)) fields = rest;
  }
  if (whole === undefined) return fields;
  for (const field of NESTED) {
    for (const name of Object.keys(fields[field] ?? {})) {
      const { [name]: _, ...rest } = fields[field] as Readonly<Record<string, unknown>>;
      if (isWhole({ ...fields, [field]: rest })) fields = { ...fields, [field]: rest };
    }
  }
  return fields;
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
