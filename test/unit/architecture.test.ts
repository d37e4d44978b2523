import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../lib/project-root.ts';

interface Source {
  readonly path: string;
  readonly text: string;
}

function sourcesIn(folder: string): Source[] {
  const paths = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path: join(folder, path), text: readFileSync(join(projectRoot, folder, path), 'utf8') }));
}

const imports = ({ text }: Source) => [...text.matchAll(/\bfrom '([^']+)'/g)].map(([, module]) => module ?? '');

/** @returns the paths of the sources whose code, without comments, matches `pattern` */
function pathsMatching(sources: readonly Source[], pattern: RegExp): string[] {
  const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return sources.filter(({ text }) => pattern.test(code(text))).map(({ path }) => path);
}

describe('functions/core/domain', () => {
  const domain = sourcesIn('functions/core/domain');

  it('imports only its own files, hashing and validation', () => {
    const foreign = domain.flatMap((source) =>
      imports(source)
        .filter((module) => !/^(\.\/|node:crypto$|zod$|\.\.\/(?!\.\.)[a-z-]+\.ts$)/.test(module))
        .map((module) => `${source.path}: ${module}`),
    );

    expect(domain.length).toBeGreaterThan(10);
    expect(foreign).toEqual([]);
  });

  it('reads no clock, random source or environment variable', () => {
    expect(pathsMatching(domain, /Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes|process\.env/)).toEqual(
      [],
    );
  });
});

describe('functions/core/store', () => {
  it('builds every key in keys.ts', () => {
    const others = sourcesIn('functions').filter(({ path }) => path !== join('functions', 'core', 'store', 'keys.ts'));

    const prefixes = ['DEF', 'REG', 'STATE', 'GONE', 'KV', 'KEY', 'IDEM', 'TENANT', 'LIMITS', 'LOG'];
    expect(pathsMatching(others, new RegExp(`[\`'"](${prefixes.join('|')})#`))).toEqual([]);
  });

  it('holds every DynamoDB expression', () => {
    const others = sourcesIn('functions').filter(({ path }) => !path.startsWith(join('functions', 'core', 'store')));

    expect(
      pathsMatching(others, /ConditionExpression|UpdateExpression|GetItemCommand|PutItemCommand|QueryCommand/),
    ).toEqual([]);
  });
});

describe('Lambda entries', () => {
  it('name no endpoint, port or folder of the local system', () => {
    expect(pathsMatching(sourcesIn('functions'), /AWS_ENDPOINT_URL|dynoxide|fauxqs|JOBDECK_DATA|1937/)).toEqual([]);
  });

  it('have at most 60 lines', () => {
    const entries = sourcesIn('functions').filter(({ path }) => path.endsWith('/handler.ts'));
    const long = entries.filter(({ text }) => text.split('\n').length > 61);

    expect(entries.length).toBeGreaterThan(3);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
