import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../project-root.ts';
import { sourceHash } from '../source-hash.ts';

const CACHE = join(projectRoot, 'node_modules', '.cache', 'jobdeck');

/** The newest builds are kept whatever their age. */
const MAX_UNUSED_BUILDS = 3;
/** Older ones go once nobody has used them for this long. */
const UNUSED_AFTER_MS = 10 * 60_000;

/**
 * The folder with the synthesized template, and the bundles in `bundles/`, of what the sources are now. Made at most once
 * for the same sources: CDK and esbuild take seconds.
 *
 * @param onBuild called when something has to be made.
 * @param moreScripts folders, relative to the project, whose scripts are there besides those that are shipped.
 */
export async function ensureBuild(
  onBuild: () => void = () => {},
  moreScripts: readonly string[] = [],
): Promise<string> {
  const folder = join(CACHE, sourceHash(projectRoot, moreScripts));
  if (existsSync(folder)) {
    markUsed(folder);
    return folder;
  }
  onBuild();
  const draft = join(CACHE, `draft-${randomUUID()}`);
  mkdirSync(CACHE, { recursive: true });
  try {
    // In a process of its own: CDK's memory would stay in this one for as long as it runs.
    const entry = fileURLToPath(new URL('./build-entry.ts', import.meta.url));
    await promisify(execFile)(process.execPath, ['--max-semi-space-size=4', entry, draft, ...moreScripts], {
      // What CDK finds suspicious in a template, it takes seconds to find, and is for `cdk synth` to say.
      env: { ...process.env, NODE_OPTIONS: '', CDK_VALIDATION: 'false' },
    });
    publish(draft, folder);
  } catch (error) {
    const said = (error as { stderr?: unknown }).stderr;
    throw new Error(`The CDK app cannot be built:\n${typeof said === 'string' && said ? said : String(error)}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  prune();
  return folder;
}

/** Moves a finished build to its place, unless another process was faster: theirs is the same. */
function publish(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Keeps a build from being removed while a system runs from it: environments that start late load their bundles late.
 *
 * @returns how to end it.
 */
export function keepBuildInUse(folder: string): () => void {
  const timer = setInterval(() => markUsed(folder), UNUSED_AFTER_MS / 4);
  timer.unref();
  return () => clearInterval(timer);
}

function markUsed(folder: string): void {
  if (existsSync(folder)) utimesSync(folder, new Date(), new Date());
}

/** Removes builds, and drafts of builds that were cut short, that nobody uses any more. */
function prune(): void {
  const builds = readdirSync(CACHE).map((name) => {
    const folder = join(CACHE, name);
    return { folder, usedAt: statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  const older = builds.sort((a, b) => b.usedAt - a.usedAt).slice(MAX_UNUSED_BUILDS);
  for (const { folder, usedAt } of older) {
    if (usedAt < Date.now() - UNUSED_AFTER_MS) rmSync(folder, { recursive: true, force: true });
  }
}
