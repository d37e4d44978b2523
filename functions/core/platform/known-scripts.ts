/**
 * Names of the scripts shipped with this build, sorted. The bundler replaces `process.env.JOBDECK_SCRIPTS` by a JSON
 * list; without a bundler the environment is read, and an unset variable means no scripts.
 */
export const knownScripts: readonly string[] = parse(process.env.JOBDECK_SCRIPTS);

function parse(list: string | undefined): readonly string[] {
  const names: unknown = list ? JSON.parse(list) : [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new Error(`JOBDECK_SCRIPTS: must be a JSON list of names, got ${list}`);
  }
  return names.sort();
}
