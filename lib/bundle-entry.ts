/**
 * Bundles the functions with the scripts of a project. Constructors of constructs are synchronous and run this file in a
 * child process (`bundle-sync.ts`).
 *
 * Usage: `node lib/bundle-entry.ts <output folder> <project> <script folder>…`
 */
import { bundleProject } from './bundle.ts';

const [outDir, root, ...folders] = process.argv.slice(2);
if (!outDir || !root) throw new Error('Usage: node bundle-entry.ts <output folder> <project> <folder of scripts>…');
await bundleProject(outDir, { root, folders });
