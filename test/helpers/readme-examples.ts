/** A block of code in a README or in a docstring, as a file of a project. */
export interface ReadmeExample {
  /** Relative to the project: the path in the first line of a README's block, or one made of that of the file. */
  readonly path: string;
  readonly code: string;
}

/** READMEs whose TypeScript is for users of the package. */
export const PACKAGE_READMES = ['lib/client', 'lib/constructs', 'lib/project', 'lib/testing'].map(
  (folder) => `${folder}/README.md`,
);

/** Sources of the package with examples in their docstrings. */
export const PACKAGE_SOURCES = [
  'lib/project/define-config.ts',
  'lib/project/define-job.ts',
  'lib/testing/run-script.ts',
  'lib/testing/start-jobdeck.ts',
];

/**
 * Returns the TypeScript blocks of a README or of the docstrings of a source.
 *
 * @param path of the file, relative to the repository
 */
export function readmeExamples(path: string, given: string): readonly ReadmeExample[] {
  const name = path.replace(/(\/README\.md|\.ts)$/, '').replaceAll('/', '-');
  const isSource = path.endsWith('.ts');
  const text = isSource ? given.replaceAll(/^ \* ?/gm, '') : given;
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ''], i) => {
    const named = isSource ? undefined : /^\/\/ ([\w./-]+\.ts)$/m.exec(code.split('\n')[0] ?? '')?.[1];
    return { path: named ?? `test/${name}-${i + 1}.ts`, code };
  });
}
