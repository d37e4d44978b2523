import { type Finding, ok, problem, warning } from './finding.ts';

/** The oldest major version of Node.js that runs the functions and the command line. */
const MIN_NODE = 24;

/** @param version value of `process.versions.node` */
export function checkNode(version: string): Finding {
  if (Number.parseInt(version, 10) >= MIN_NODE) return ok('node', `Node.js ${version}`);
  return problem('node', `Node.js ${version} is too old`, `npm install --save-dev node@${MIN_NODE}`);
}

/**
 * Checks that npm, which installs a project, is available.
 *
 * @param findVersion returns the version of npm, and throws if npm cannot be started
 */
export async function checkNpm(findVersion: () => Promise<string>): Promise<Finding> {
  try {
    return ok('npm', `npm ${(await findVersion()).trim()}`);
  } catch {
    return warning('npm', 'npm cannot be started', 'install npm, or put it on the PATH');
  }
}
