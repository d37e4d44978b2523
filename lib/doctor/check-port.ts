import { createServer } from 'node:net';
import { ISSUER_PATH } from '../local/issuer/issuer-urls.ts';
import { localSettings } from '../local/settings.ts';
import { LOOPBACK } from '../local/support/http.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const TIMEOUT_MS = 2_000;

/**
 * Checks that the port of the local system is free or used by a local system.
 *
 * @param variables environment variables
 */
export async function checkPort(variables: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  let port: number;
  try {
    ({ port } = localSettings(variables));
  } catch (error) {
    return problem('port', (error as Error).message, 'correct the variable');
  }
  const code = await tryToListen(port);
  if (code === undefined) return ok('port', `${port} is free`);
  if (code !== 'EADDRINUSE')
    return problem('port', `${port} cannot be used (${code})`, 'set JOBDECK_PORT to another port');
  if (await isJobdeck(port)) return ok('port', `${port} is used by a local Jobdeck`);
  return warning('port', `${port} is used by another program`, 'set JOBDECK_PORT to another port');
}

/** @returns the code of the error, or `undefined` if the port is free */
function tryToListen(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown error'));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(undefined)));
  });
}

/** Identifies a local system by its issuer. */
async function isJobdeck(port: number): Promise<boolean> {
  try {
    const url = `http://${LOOPBACK}:${port}${ISSUER_PATH}/.well-known/openid-configuration`;
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { issuer } = (await response.json()) as { readonly issuer?: unknown };
    return typeof issuer === 'string' && issuer.endsWith(ISSUER_PATH);
  } catch {
    return false;
  }
}
