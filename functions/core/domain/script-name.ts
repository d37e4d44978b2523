/** Where a script lives is the deployment's business: a path keeps the name it ends in. */
const NAME = /^(?:.*[/\\])?([A-Za-z0-9][A-Za-z0-9_-]*)(?:\.(?:[cm]?js|ts))?$/;

/**
 * The script that a job's `script` field means: `sync-email` for `sync-email` as for `/opt/scripts/sync-email.js`.
 *
 * @returns undefined when the text cannot name a script
 */
export function parseScriptName(script: string): string | undefined {
  return NAME.exec(script)?.[1];
}
