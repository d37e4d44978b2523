import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './support/file-lock.ts';

/** Locked during a build. */
const LOCK_FILE = 'build.lock';
/** Number of the newest builds that are kept even if they are unused. */
const MAX_UNUSED_BUILDS = 3;
/** Builds for one call, if the inputs change during each. */
const MAX_BUILDS = 3;
/** Milliseconds after which an unused older build is removed. */
const UNUSED_AFTER_MS = 10 * 60_000;

/** A folder with builds, each in a folder that has the hash of its inputs as its name. */
export class BuildCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the folder of a build if it exists. Its removal is then delayed. */
  find(key: string): string | undefined {
    const folder = join(this.#folder, key);
    if (!existsSync(folder)) return undefined;
    markUsed(folder);
    return folder;
  }

  /**
   * Returns the folder of a build, which is made if it does not exist. It appears when it is complete. Processes that
   * need a build at the same time share one. A build is repeated if its inputs change before it is complete, because it may
   * contain both the former and the new ones.
   *
   * @param hash returns the hash of the current inputs
   * @param build writes the build into a draft folder, which does not exist yet
   * @throws Error if the inputs change during each of 3 builds
   */
  async ensure(hash: () => string, build: (draft: string) => Promise<void>): Promise<string> {
    const existing = this.find(hash());
    if (existing !== undefined) return existing;
    mkdirSync(this.#folder, { recursive: true });
    return withLock(join(this.#folder, LOCK_FILE), async () => {
      for (let builds = 0; builds < MAX_BUILDS; builds += 1) {
        const key = hash();
        const folder = this.find(key) ?? (await this.#build(key, hash, build));
        if (folder !== undefined) return folder;
      }
      throw new Error(`The sources changed during each of ${MAX_BUILDS} builds; try again when they are saved.`);
    });
  }

  /** @returns `undefined` if the inputs have changed meanwhile */
  async #build(key: string, hash: () => string, build: (draft: string) => Promise<void>): Promise<string | undefined> {
    const folder = join(this.#folder, key);
    const draft = join(this.#folder, `draft-${randomUUID()}`);
    try {
      await build(draft);
      // guard: build-cache.inputs
      if (hash() !== key) return undefined;
      publish(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    this.#prune();
    return folder;
  }

  /** Removes unused builds and abandoned drafts. */
  #prune(): void {
    const builds = readdirSync(this.#folder)
      .filter((name) => name !== LOCK_FILE)
      .map((name) => {
        const folder = join(this.#folder, name);
        return { folder, usedAt: statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
      });
    const older = builds.sort((a, b) => b.usedAt - a.usedAt).slice(MAX_UNUSED_BUILDS);
    for (const { folder, usedAt } of older) {
      if (usedAt < Date.now() - UNUSED_AFTER_MS) rmSync(folder, { recursive: true, force: true });
    }
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
