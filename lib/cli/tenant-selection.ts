import { readFile } from 'node:fs/promises';
import { parseTenantId, type TenantId } from '../../functions/core/domain/tenant.ts';
import { CommandFailed, UsageError } from './errors.ts';

/**
 * Reads tenant ids from a file: one a line. `#` starts a comment.
 *
 * @throws CommandFailed if the file cannot be read; UsageError if a line is not a tenant id
 */
export async function readTenantsFile(file: string): Promise<readonly TenantId[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailed(`${file}: ${error.message}`);
  });
  return text.split(/\r?\n/).flatMap((line, i) => {
    const name = line.replace(/#.*/, '').trim();
    if (name === '') return [];
    const tenant = parseTenantId(name);
    if (tenant) return [tenant];
    throw new UsageError(`${file}, line ${i + 1}: a tenant must be 1–64 of A–Z a–z 0–9 _ -, got '${name}'`);
  });
}
