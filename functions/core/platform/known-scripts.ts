import { readFileSync } from 'node:fs';

/** File beside a function's bundle with the deployed scripts: a JSON list of `KnownScript`. */
export const SCRIPTS_FILE = 'scripts.json';

/** A deployed script, as its declaration describes it. */
export interface KnownScript {
  readonly name: string;
  readonly description: string | null;
  /** Form of the arguments, such as `<day> [size]`. */
  readonly usage: string | null;
  /** JSON Schema of its payloads. Absent if it accepts any payload, or if its schema has no form as JSON Schema. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Its schema rejects a run without a payload. @defaultValue false */
  readonly payloadRequired?: boolean;
}

/**
 * Returns the deployed scripts, sorted by name. The file is read at each call, because the local system replaces it when a
 * script is added.
 *
 * @param folder URL of the folder of the bundle. Without the file there are no scripts
 * @throws Error if the file is not a list of scripts
 */
export function readScripts(folder: string | URL = new URL('.', import.meta.url)): readonly KnownScript[] {
  let text: string;
  try {
    text = readFileSync(new URL(SCRIPTS_FILE, folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const scripts: unknown = JSON.parse(text);
  if (!Array.isArray(scripts) || !scripts.every(isScript)) {
    throw new Error(`${SCRIPTS_FILE} must be a JSON list of scripts, got ${text}`);
  }
  return scripts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the names of the deployed scripts like `readScripts`. */
export const readKnownScripts = (folder?: string | URL): readonly string[] =>
  readScripts(folder).map(({ name }) => name);

/** Returns a deployed script, or `undefined` if none has the name. */
export const findScript = (name: string | undefined, folder?: string | URL): KnownScript | undefined =>
  readScripts(folder).find((script) => script.name === name);

const isScript = (value: unknown): value is KnownScript =>
  typeof value === 'object' && value !== null && typeof (value as KnownScript).name === 'string';
