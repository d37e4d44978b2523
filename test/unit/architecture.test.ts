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

/** Sources in which `pattern` stands, comments aside. */
function offenders(sources: readonly Source[], pattern: RegExp): string[] {
  const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return sources.filter(({ text }) => pattern.test(code(text))).map(({ path }) => path);
}

describe('the domain', () => {
  const domain = sourcesIn('functions/core/domain');

  it('imports nothing but itself, hashing and validation', () => {
    const foreign = domain.flatMap((source) =>
      imports(source)
        .filter((module) => !/^(\.\/|node:crypto$|zod$|\.\.\/(?!\.\.)[a-z-]+\.ts$)/.test(module))
        .map((module) => `${source.path}: ${module}`),
    );

    expect(domain.length).toBeGreaterThan(10);
    expect(foreign).toEqual([]);
  });

  it('has no clock, no chance and no environment', () => {
    expect(offenders(domain, /Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes|process\.env/)).toEqual([]);
  });
});

describe('keys', () => {
  it('are built by store/keys.ts alone', () => {
    const others = sourcesIn('functions').filter(({ path }) => path !== join('functions', 'core', 'store', 'keys.ts'));

    expect(offenders(others, /[`'"](DEF|REG|STATE|GONE|KV|KEY|IDEM|TENANT|LIMITS|LOG)#/)).toEqual([]);
  });

  it('and expressions are used in the store alone', () => {
    const others = sourcesIn('functions').filter(({ path }) => !path.startsWith(join('functions', 'core', 'store')));

    expect(
      offenders(others, /ConditionExpression|UpdateExpression|GetItemCommand|PutItemCommand|QueryCommand/),
    ).toEqual([]);
  });
});

describe('handlers', () => {
  it('do not know where they run: no endpoint of a local service is named in them', () => {
    expect(offenders(sourcesIn('functions'), /AWS_ENDPOINT_URL|dynoxide|fauxqs|JOBDECK_DATA|1937/)).toEqual([]);
  });

  it('have entries of at most 60 lines', () => {
    const entries = sourcesIn('functions').filter(({ path }) => path.endsWith('/handler.ts'));
    const long = entries.filter(({ path, text }) => !path.includes('registrar') && text.split('\n').length > 61);

    expect(entries.length).toBeGreaterThan(3);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
