import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { ApiRoute, DeferredRoute } from '../../../functions/api/http/route.ts';
import { deferredRoutes, stripRouteDocs } from '../../../lib/route-plugins.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

describe('stripRouteDocs', () => {
  it('removes the documentation of routes and keeps the positions of the rest', () => {
    const source = [
      'export const get = route({',
      "  path: '/ö',",
      "  openapi: () => ({ summary: 'Get {it}', errors: [404] }),",
      '  responses: () => ({',
      "    200: { description: 'The value.' },",
      '  }),',
      '  async handle() { return { status: 200 }; },',
      '});',
    ].join('\n');

    const stripped = stripRouteDocs('get.ts', source);

    expect(stripped).not.toMatch(/openapi|responses|summary|description/);
    expect(stripped.length).toBe(source.length);
    expect(stripped.indexOf('async handle')).toBe(source.indexOf('async handle'));
    expect(stripped.split('\n').length).toBe(source.split('\n').length);
  });

  it('removes the documentation of public routes and of routes in lists', () => {
    const source = `const list = [route({ openapi: () => ({}), responses: all, path: '/a' }), publicRoute({ openapi: () => ({}) })];`;

    expect(stripRouteDocs('list.ts', source).replace(/ +/g, ' ')).toBe(
      `const list = [route({ path: '/a' }), publicRoute({ })];`,
    );
  });

  it('keeps properties with the same names of other objects', () => {
    const source = `const a = build({ openapi: '3.1.0', responses: [] }); const b = route({ handle: () => ({ responses: 1 }) });`;

    expect(stripRouteDocs('document.ts', source)).toBe(source);
  });

  it('reports a file with a syntax error', () => {
    expect(() => stripRouteDocs('broken.ts', 'route({')).toThrow(/Cannot parse broken\.ts: /);
  });
});

describe('deferredRoutes', () => {
  it('exports routes that load the handlers of their group with the first request', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'deferred-routes.ts'),
      `globalThis.loads = [...(globalThis.loads ?? []), 'routes'];
      const route = (path) => ({ method: 'POST', path, operation: path, action: 'define', audited: true, handle: () => path });
      export const one = route('/one');
      export const more = [route('/two'), route('/three')];`,
    );
    writeFileSync(
      join(folder, 'deferred-runs.ts'),
      `globalThis.loads = [...(globalThis.loads ?? []), 'runs'];
      export const other = { method: 'GET', path: '/runs', operation: 'list', action: 'read', handle: () => '/runs' };`,
    );
    writeFileSync(
      join(folder, 'surface.ts'),
      `export { one, more } from './deferred-routes.ts';
      export { other } from './deferred-runs.ts';`,
    );
    const options = { bundle: true, splitting: true, format: 'esm', outExtension: { '.js': '.mjs' } } as const;
    const outdir = join(folder, 'out');
    await build({ ...options, entryPoints: [join(folder, 'surface.ts')], outdir, plugins: [deferredRoutes] });
    const global = globalThis as { loads?: readonly string[] };
    global.loads = [];

    const { one, more, other } = (await import(pathToFileURL(join(outdir, 'surface.mjs')).href)) as {
      one: DeferredRoute;
      more: readonly DeferredRoute[];
      other: DeferredRoute;
    };
    const loadsOfImport = global.loads;
    const loaded = (await more[1]?.load()) as ApiRoute;
    await one.load();
    const loadsOfGroup = global.loads;
    await other.load();

    expect(loadsOfImport).toEqual([]);
    expect(loadsOfGroup).toEqual(['routes']);
    expect(global.loads).toEqual(['routes', 'runs']);
    expect(loaded.path).toBe('/three');
    expect(loaded.handle).toBeTypeOf('function');
    expect(one).toEqual({
      method: 'POST',
      path: '/one',
      operation: '/one',
      action: 'define',
      audited: true,
      load: expect.any(Function),
    });
  });
});
