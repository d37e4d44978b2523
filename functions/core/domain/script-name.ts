/** A reference may be a path, of which only the final name counts: the deployment decides the location of scripts. */
const NAME = /^(?:.*[/\\])?([A-Za-z0-9][A-Za-z0-9_-]*)(?:\.(?:[cm]?js|ts))?$/;

/**
 * Returns the name of the script in a job's `script` field: `sync-email` for both `sync-email` and
 * `/opt/scripts/sync-email.js`.
 *
 * @returns `undefined` if the text cannot name a script
 */
export function parseScriptName(script: string): string | undefined {
  return NAME.exec(script)?.[1];
}
