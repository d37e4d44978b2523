import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../project-root.ts';
import { siblingModule } from '../sibling-module.ts';
import { sourceHash } from '../source-hash.ts';
import { withLock } from './support/file-lock.ts';

const CACHE = join(projectRoot, 'node_modules', '.cache', 'jobdeck');

/** Locked during a build. */
const LOCK_FILE = 'build.lock';
/** Number of the newest builds that are kept even if they are unused. */
const MAX_UNUSED_BUILDS = 3;
/** Milliseconds after which an unused older build is removed. */
const UNUSED_AFTER_MS = 10 * 60_000;

/**
 * Returns the folder of the synthesized template and the bundles (in `bundles/`) for the current sources. The result is
 * cached by a hash of the sources, because CDK and esbuild take seconds. Processes that need a build at the same time
 * share one.
 *
 * @param onBuild called if a build is necessary
 *
 * @param moreScripts additional script folders, relative to the project. The functions are those of the build without
 *   them
 */
export async function ensureBuild(
  onBuild: () => void = () => {},
  moreScripts: readonly string[] = [],
): Promise<string> {
  const folder = join(CACHE, sourceHash(projectRoot, moreScripts));
  if (isBuilt(folder)) return folder;
  const plain = moreScripts.length > 0 ? await ensureBuild(onBuild) : undefined;
  mkdirSync(CACHE, { recursive: true });
  return withLock(join(CACHE, LOCK_FILE), async () => {
    if (isBuilt(folder)) return folder;
    onBuild();
    await build(folder, plain, moreScripts);
    prune();
    return folder;
  });
}

/** @returns whether the build exists, whose removal is then delayed */
function isBuilt(folder: string): boolean {
  if (!existsSync(folder)) return false;
  markUsed(folder);
  return true;
}

/**
 * Builds into a folder, which appears when it is complete.
 *
 * @param plain folder of the build without additional scripts
 */
async function build(folder: string, plain: string | undefined, moreScripts: readonly string[]): Promise<void> {
  const draft = join(CACHE, `draft-${randomUUID()}`);
  try {
    if (plain !== undefined) cpSync(join(plain, 'bundles'), join(draft, 'bundles'), { recursive: true });
    // A child process returns the memory of CDK to the operating system.
    const entry = fileURLToPath(siblingModule('build-entry', import.meta.url));
    await promisify(execFile)(process.execPath, ['--max-semi-space-size=4', entry, draft, ...moreScripts], {
      // CDK's template validation takes seconds and is reported by `cdk synth`.
      env: { ...process.env, NODE_OPTIONS: '', CDK_VALIDATION: 'false' },
    });
    publish(draft, folder);
  } catch (error) {
    const output = (error as { stderr?: unknown }).stderr;
    throw new Error(`The CDK app cannot be built:\n${typeof output === 'string' && output ? output : String(error)}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Moves a finished build to its final folder, unless another process has published the same build first. */
function publish(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Prevents the removal of a build while a system uses it: execution environments load their bundles at any time.
 *
 * @returns a function that ends the protection
 */
export function keepBuildInUse(folder: string): () => void {
  const timer = setInterval(() => markUsed(folder), UNUSED_AFTER_MS / 4);
  timer.unref();
  return () => clearInterval(timer);
}

function markUsed(folder: string): void {
  if (existsSync(folder)) utimesSync(folder, new Date(), new Date());
}

/** Removes unused builds and abandoned drafts. */
function prune(): void {
  const builds = readdirSync(CACHE)
    .filter((name) => name !== LOCK_FILE)
    .map((name) => {
      const folder = join(CACHE, name);
      return { folder, usedAt: statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
    });
  const older = builds.sort((a, b) => b.usedAt - a.usedAt).slice(MAX_UNUSED_BUILDS);
  for (const { folder, usedAt } of older) {
    if (usedAt < Date.now() - UNUSED_AFTER_MS) rmSync(folder, { recursive: true, force: true });
  }
}
