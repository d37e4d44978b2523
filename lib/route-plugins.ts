import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { type ESTree, parseSync, Visitor } from 'vite';
import type { ApiRoute, Route } from '../functions/api/http/route.ts';

/** Functions that declare a route. */
const DECLARATIONS = new Set(['route', 'publicRoute', 'hookRoute']);
/** Properties of a route that only the build of the OpenAPI document reads. */
const DOCUMENTATION = new Set(['openapi', 'responses']);

/**
 * Removes the documentation of routes and the schemas that only the documentation uses, because the OpenAPI document is
 * built with the bundles.
 */
export const routesWithoutDocs: Plugin = {
  name: 'routes-without-docs',
  setup(build) {
    const filter = /[\\/]functions[\\/]api[\\/].*\.ts$/;
    build.onLoad({ filter, namespace: 'file' }, async ({ path }) => ({
      contents: stripRouteDocs(path, await readFile(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

/**
 * Replaces the documentation in a source file by spaces, which keeps the positions of all other code.
 *
 * @throws Error if the file has a syntax error
 */
export function stripRouteDocs(path: string, code: string): string {
  if (![...DECLARATIONS].some((name) => code.includes(`${name}({`))) return code;
  const { program, errors } = parseSync(path, code);
  if (errors.length > 0) throw new Error(`Cannot parse ${path}: ${errors[0]?.message}`);
  const ranges: ESTree.Span[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [spec] }) {
      if (callee.type !== 'Identifier' || !DECLARATIONS.has(callee.name) || spec?.type !== 'ObjectExpression') return;
      for (const property of spec.properties) {
        if (property.type !== 'Property' || property.key.type !== 'Identifier') continue;
        if (DOCUMENTATION.has(property.key.name)) ranges.push(property);
      }
    },
  }).visit(program);
  return ranges.reduce(blank, code);
}

/** Replaces a property and the comma after it. */
function blank(code: string, { start, end }: ESTree.Span): string {
  const after = end + (/^\s*,/.exec(code.slice(end))?.[0].length ?? 0);
  return code.slice(0, start) + code.slice(start, after).replace(/[^\n]/g, ' ') + code.slice(after);
}

/** Matches the import of a module of routes that are loaded together: `deferred-routes.ts`, `deferred-runs.ts`. */
const DEFERRED = /^\.\/deferred-[a-z]+\.ts$/;

/**
 * Defers the routes that a `deferred-<group>.ts` of a surface exports: the function has their methods, paths and actions,
 * and loads the schemas and handlers of a group with the first request to one of its routes.
 */
export const deferredRoutes: Plugin = {
  name: 'deferred-routes',
  setup(build) {
    build.onResolve({ filter: DEFERRED }, ({ path: imported, kind, resolveDir }) => {
      if (kind !== 'import-statement') return undefined;
      const file = join(resolveDir, imported);
      // Source maps contain the path.
      const path = relative(build.initialOptions.absWorkingDir ?? process.cwd(), file);
      return { path, namespace: 'deferred', pluginData: file };
    });
    build.onLoad({ filter: /./, namespace: 'deferred' }, async ({ pluginData }) => {
      const file = String(pluginData);
      const module = (await import(pathToFileURL(file).href)) as RouteModule;
      return { contents: declareDeferred(basename(file), module), resolveDir: dirname(file) };
    });
  },
};

/** A module whose exports are routes and lists of routes. */
type RouteModule = Readonly<Record<string, ApiRoute | readonly ApiRoute[]>>;

/** Returns the code of a module with the same exports as a module of routes. */
function declareDeferred(file: string, module: RouteModule): string {
  const declarations = Object.entries(module).map(([name, exported]) => {
    const stub = (route: ApiRoute, access: string) =>
      `{ ...${JSON.stringify(describeRoute(route))}, load: async () => (await load()).${access} }`;
    const isList = (value: ApiRoute | readonly ApiRoute[]): value is readonly ApiRoute[] => Array.isArray(value);
    const code = isList(exported)
      ? `[${exported.map((route, i) => stub(route, `${name}[${i}]`)).join(', ')}]`
      : stub(exported, name);
    return `export const ${name} = ${code};`;
  });
  return [`const load = () => import(${JSON.stringify(`./${file}`)});`, ...declarations].join('\n');
}

/** The properties that select a route, authorize its requests and describe their responses: all but functions. */
const describeRoute = (route: ApiRoute): Route =>
  Object.fromEntries(Object.entries(route).filter(([, value]) => typeof value !== 'function')) as unknown as Route;
