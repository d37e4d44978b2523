import { findDynoxideCommand } from '../local/dynamodb/server.ts';
import { type Finding, ok, warning } from './finding.ts';

/**
 * Checks that the database of the local system is installed for this platform.
 *
 * @param variables environment variables
 * @param findCommand returns the command that starts the database; by default that of the local system
 */
export function checkDynoxide(variables: NodeJS.ProcessEnv, findCommand = findDynoxideCommand): Finding {
  const endpoint = variables.JOBDECK_DYNAMODB_ENDPOINT;
  if (endpoint) return ok('dynoxide', 'not needed: JOBDECK_DYNAMODB_ENDPOINT names a database');
  const [program = '', ...rest] = findCommand(variables);
  if (rest.length === 0) return ok('dynoxide', program);
  const platform = `${process.platform}-${process.arch}`;
  const command = [program, ...rest].join(' ');
  return warning(
    'dynoxide',
    `no executable is installed for ${platform}`,
    `put dynoxide on the PATH; else \`${command}\` downloads it`,
  );
}
