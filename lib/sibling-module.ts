import { extname } from 'node:path';

/**
 * Returns the URL of a module in the folder of the caller, for example to start it in a process of its own. Its extension
 * is that of the caller: `.ts` in the repository, `.js` in the installed package.
 *
 * @param name file name without its extension
 * @param caller `import.meta.url` of the caller
 */
export const siblingModule = (name: string, caller: string): URL => new URL(`./${name}${extname(caller)}`, caller);
