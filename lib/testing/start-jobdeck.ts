import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROLES, type Role } from '../../functions/core/domain/access.ts';
import { parseTenantId } from '../../functions/core/domain/tenant.ts';
import { JobdeckClient } from '../client/index.ts';
import { Clock } from '../local/support/clock.ts';
import { startLocal } from '../local/system.ts';
import { findProject } from '../project/find-project.ts';
import { loadConfiguration } from '../project/load-project.ts';
import { assembleProject } from '../project/local-assembly.ts';
import { ProjectError } from '../project/project-error.ts';

/** Options of `startJobdeck`. */
export interface StartOptions {
  /**
   * A folder of the project whose scripts the system runs.
   *
   * @defaultValue the current folder
   */
  readonly project?: string;
  /**
   * Port of the API.
   *
   * @defaultValue a free port
   */
  readonly port?: number;
  /**
   * Folder of all data, which `stop()` keeps.
   *
   * @defaultValue a temporary folder, which `stop()` removes
   */
  readonly dataDir?: string;
}

/** A local system for tests. */
export interface TestJobdeck {
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  /**
   * The clock of the system. Move it to just after the time of a schedule: ticks that are minutes late are skipped, as in
   * production. Timeouts of runs take real time.
   */
  readonly clock: Clock;
  /**
   * Creates a client with tokens of a tenant.
   *
   * @param tenant 1–64 of `A–Z a–z 0–9 _ -`
   * @param roles default: `ADMIN` and `OWNER`
   * @throws TypeError for an invalid tenant or role
   */
  client(tenant: string, roles?: readonly Role[]): JobdeckClient;
  /** Stops the system, including running scripts. */
  stop(): Promise<void>;
}

/**
 * Starts the local system with the scripts of a project and an adjustable clock. A start takes seconds, more if the
 * templates of the project must be synthesized: start one system for a test file and give each test a tenant of its own.
 *
 * @throws ProjectError if there is no project, its configuration is invalid or a script does not compile
 *
 * @example
 * ```ts
 * import { startJobdeck } from 'jobdeck/testing';
 * const jobdeck = await startJobdeck();
 * const client = jobdeck.client('acme');
 * await client.post('/jobs', { body: { id: 'sync', name: 'Sync', script: 'sync-orders', schedule: '0 6 * * *' } });
 * await client.trigger('sync', { wait: true });
 * await jobdeck.stop();
 * ```
 */
export async function startJobdeck({
  project = process.cwd(),
  port = 0,
  dataDir,
}: StartOptions = {}): Promise<TestJobdeck> {
  // The permissions of a script's process apply to real paths.
  const configuration = await loadConfiguration(realpathSync(findProject(project)));
  const { folder: assembly, scripts } = await assembleProject(configuration);
  const { failed, undescribed, unread } = await scripts.update();
  const problems = [...unread, ...undescribed, ...failed.map(({ message }) => message)];
  if (problems.length > 0) throw new ProjectError(problems.join('\n'));

  const clock = new Clock();
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'jobdeck-test-'));
  const remove = (): void => {
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  const system = await startLocal({ port, dataDir: folder, clock, assembly }).catch((error: unknown) => {
    remove();
    throw error;
  });
  return {
    url: system.url,
    clock,
    client(name, roles = ['ADMIN', 'OWNER']) {
      const tenant = parseTenantId(name);
      if (!tenant) throw new TypeError(`tenant: must be 1–64 of A–Z a–z 0–9 _ -, got '${name}'`);
      const unknown = roles.find((role) => !ROLES.includes(role));
      if (unknown !== undefined) throw new TypeError(`roles: must be some of ${ROLES.join(', ')}, got '${unknown}'`);
      // The clock may pass the expiry of a token.
      return new JobdeckClient({ url: system.url, token: () => system.issueToken({ tenant, roles }) });
    },
    async stop() {
      await system.stop();
      remove();
    },
  };
}
