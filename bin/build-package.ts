/**
 * Builds `dist`, the content of the package: compiled modules with their types and source maps, the bundled functions, and
 * the licenses of all packages whose code is bundled. `npm pack` runs it.
 */
import { execFileSync } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleMcpSdk } from '../lib/bundle-mcp-sdk.ts';
import { CODE_HASH_FILE } from '../lib/code-hash.ts';
import { ensureFunctions, SHIPPED_FUNCTIONS } from '../lib/ensure-functions.ts';
import { projectRoot } from '../lib/project-root.ts';
import { sourceHash } from '../lib/source-hash.ts';
import { writeThirdPartyNotices } from '../lib/third-party-notices.ts';

/** Files of a new project, relative to this package. */
const TEMPLATE = 'lib/project/template';

const compiler = join(projectRoot, 'node_modules', '.bin', 'tsc');

await rm(join(projectRoot, 'dist'), { recursive: true, force: true });
// `npm run typecheck` reports type errors. Threads would each derive the types of common modules, a third of the CPU time.
execFileSync(compiler, ['-p', 'lib/tsconfig.package.json', '--noCheck', '--singleThreaded'], {
  cwd: projectRoot,
  stdio: 'inherit',
});
await cp(join(projectRoot, TEMPLATE), join(projectRoot, 'dist', TEMPLATE), { recursive: true });
await cp(await ensureFunctions(), SHIPPED_FUNCTIONS, { recursive: true });
await writeThirdPartyNotices(join(projectRoot, 'dist'), await bundleMcpSdk(join(projectRoot, 'dist', 'lib', 'mcp')));
await writeFile(CODE_HASH_FILE, `${sourceHash()}\n`);
