/** A block of code in a README, as a file of a project. */
export interface ReadmeExample {
  /** Relative to the project: the path in the first line of the block, or one made of the name of the README. */
  readonly path: string;
  readonly code: string;
}

/** READMEs whose TypeScript is for users of the package. */
export const PACKAGE_READMES = ['lib/client', 'lib/constructs', 'lib/project', 'lib/testing'].map(
  (folder) => `${folder}/README.md`,
);

/**
 * Returns the TypeScript blocks of a README.
 *
 * @param path of the README, relative to the repository
 */
export function readmeExamples(path: string, text: string): readonly ReadmeExample[] {
  const name = path.replace(/\/README\.md$/, '').replaceAll('/', '-');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ''], i) => ({
    path: /^\/\/ ([\w./-]+\.ts)$/m.exec(code.split('\n')[0] ?? '')?.[1] ?? `test/${name}-${i + 1}.ts`,
    code,
  }));
}
