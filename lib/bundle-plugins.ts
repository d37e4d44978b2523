import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Matches the specifier of a module of Node.js. */
const NODE_MODULE = new RegExp(`^(node:.+|${builtinModules.join('|')})$`);

/**
 * Loads modules of Node.js with `process.getBuiltinModule`, and reads the properties that the code uses. An `import`
 * evaluates each property that the module exports: for `node:http` it loads the WebSocket client, for `node:process` it
 * opens the standard streams. Both take 30 ms of CPU.
 */
export const nodeModulesOnDemand: Plugin = {
  name: 'node-modules-on-demand',
  setup(build) {
    build.onResolve({ filter: NODE_MODULE }, ({ path, kind }) => ({
      path: path.replace(/^(?!node:)/, 'node:'),
      // The result of `import()` and `require()` has all properties, as getters.
      namespace: kind === 'import-statement' ? 'builtin' : 'builtin-object',
      sideEffects: false,
    }));
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({ contents: exportBuiltin(path) }));
    build.onLoad({ filter: /./, namespace: 'builtin-object' }, ({ path }) => ({
      contents: `module.exports = ${loadBuiltin(path)};`,
    }));
  },
};

const loadBuiltin = (name: string) => `process.getBuiltinModule(${JSON.stringify(name)})`;

/** Properties that only a process with a channel to its parent has, and one that runs a file. */
const CHANGING_PROPERTIES = ['channel', 'connected', 'disconnect', 'emit', 'send', 'mainModule'];

/**
 * Returns the code of an ES module with the exports of a module of Node.js. A bundler omits those that are not imported.
 * The code is the same in each process that bundles, because the names of variables in the output depend on it.
 */
function exportBuiltin(name: string): string {
  const properties = new Set(Object.keys(process.getBuiltinModule(name) ?? {}));
  if (name === 'node:process') for (const property of CHANGING_PROPERTIES) properties.add(property);
  const exported = [...properties].filter((key) => /^[a-zA-Z]\w*$/.test(key) && key !== 'default').toSorted();
  return [
    `const builtin = /* @__PURE__ */ ${loadBuiltin(name)};`,
    'export default builtin;',
    // The variables are numbered, because some properties have the name of a keyword.
    ...exported.map((key, i) => `const _${i} = /* @__PURE__ */ (() => builtin.${key})();`),
    `export { ${exported.map((key, i) => `_${i} as ${key}`).join(', ')} };`,
  ].join('\n');
}

/**
 * Reads the credentials of AWS clients from environment variables, the first of the providers that the SDK tries. Lambda
 * sets the variables for each function without SnapStart. The other providers (profiles, single sign-on, instance
 * metadata) cannot succeed in a function.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const credentialsFromEnvironment: Plugin = {
  name: 'credentials-from-environment',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: 'environment-credentials',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /./, namespace: 'environment-credentials' }, ({ pluginData }) => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: String(pluginData),
    }));
  },
};

/**
 * Configures AWS clients without `~/.aws/config` and `~/.aws/credentials`, which a function does not have. A client reads
 * environment variables first; for each setting without one, it would read and parse both files in its first request.
 */
export const configurationFromEnvironment: Plugin = {
  name: 'configuration-from-environment',
  setup(build) {
    build.onLoad({ filter: /[\\/]shared-ini-file-loader[\\/]loadSharedConfigFiles\.js$/ }, () => ({
      contents: `
        export { CONFIG_PREFIX_SEPARATOR } from './constants';
        export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
    }));
  },
};

/**
 * Omits parts of AWS clients that functions do not use: the discovery of endpoints, which no command of DynamoDB does, event
 * streams, a SHA-256 in JavaScript, and all fields of the clients' `package.json` but the version. Loads `node:zlib`, which
 * takes 2 ms, for the first checksum of S3, and the streams of `node:fs`, which take 1 ms, for a body that may be one.
 */
export const awsClientsWithoutUnusedParts: Plugin = {
  name: 'aws-clients-without-unused-parts',
  setup(build) {
    for (const [name, code] of Object.entries(UNUSED_PARTS)) {
      const filter = new RegExp(`^${name}$`);
      build.onResolve({ filter }, ({ path }) => ({
        path,
        namespace: 'unused-part',
        sideEffects: false,
        pluginData: code,
      }));
    }
    build.onLoad({ filter: /./, namespace: 'unused-part' }, ({ pluginData }) => ({ contents: String(pluginData) }));
    for (const [file, replaced] of Object.entries(REPLACED_CODE)) {
      const filter = new RegExp(`[\\\\/]@smithy[\\\\/]core[\\\\/].+[\\\\/]${file}\\.js$`);
      build.onLoad({ filter }, async ({ path }) => ({
        contents: Object.entries(replaced).reduce(
          (code, [text, replacement]) => replaceOnce(code, text, replacement),
          await readFile(path, 'utf8'),
        ),
      }));
    }
    build.onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8')) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** Expressions in files of the core of the SDK, and what replaces them. */
const REPLACED_CODE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Crc32Node: {
    'typeof zlib.crc32 === "function" ? zlib.crc32 : undefined': `(data, value) => ${loadBuiltin('node:zlib')}.crc32(data, value)`,
  },
  Sha256Node: {
    'hasNativeCrypto ? buildNativeClass() : Sha256Js': 'buildNativeClass()',
    'const hasNativeCrypto = (': 'const hasNativeCrypto = /* @__PURE__ */ (',
  },
  calculateBodyLength: { 'body instanceof ReadStream': `body instanceof ${loadBuiltin('node:fs')}.ReadStream` },
};

/** @throws Error if the code does not contain the text, which a new version of a dependency may have changed */
function replaceOnce(code: string, text: string, replacement: string): string {
  if (!code.includes(text)) throw new Error(`Expected ${JSON.stringify(text)} in the code to bundle.`);
  return code.replace(text, () => replacement);
}

/** The code that replaces a module, by its name. */
const UNUSED_PARTS: Readonly<Record<string, string>> = {
  '@aws-sdk/middleware-endpoint-discovery': `
    export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
      environmentVariableSelector: () => undefined,
      configFileSelector: () => undefined,
      default: undefined,
    };
    export const resolveEndpointDiscoveryConfig = (input) => input;`,
  '@smithy/core/event-streams': `
    const fail = function () { throw new Error('Functions use no event streams.'); };
    export const resolveEventStreamSerdeConfig = (input) => input;
    export { fail as eventStreamSerdeProvider, fail as EventStreamSerde };`,
};

/** Removes JSONata's optional `require`, and with it esbuild's shim for `require`. */
export const jsonataWithoutRequire: Plugin = {
  name: 'jsonata-without-require',
  setup(build) {
    build.onLoad({ filter: /[\\/]jsonata[\\/]jsonata\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('"function"==typeof require&&require', 'false'),
    }));
  },
};

/**
 * Replaces the functions of zod that derive JSON Schemas, because the OpenAPI document is built with the bundles. Each
 * schema refers to them, so that no bundler can omit them.
 */
export const zodWithoutJsonSchema: Plugin = {
  name: 'zod-without-json-schema',
  setup(build) {
    const filter = /[\\/]zod[\\/]v4[\\/]core[\\/](json-schema-processors|to-json-schema)\.js$/;
    build.onLoad({ filter }, async ({ path }) => {
      const exported = (await readFile(path, 'utf8')).matchAll(/^export (?:const|function) (\w+)/gm);
      const fail = `const fail = () => { throw new Error('Functions derive no JSON Schema.'); };`;
      return { contents: [fail, ...[...exported].map(([, name]) => `export { fail as ${name} };`)].join('\n') };
    });
  },
};

/**
 * Puts all that a function loads at its start into one chunk. esbuild creates a chunk for each set of entry points that
 * share files, and each `import()` is an entry point: a function would start with up to 32 files, and finding and loading a
 * file takes 0.3 ms. A module on demand therefore imports the function, which is loaded already.
 */
export const startInOneChunk: Plugin = {
  name: 'start-in-one-chunk',
  setup(build) {
    const { entryPoints, absWorkingDir = process.cwd() } = build.initialOptions;
    const [entry] = entryPoints as readonly { readonly in: string }[];
    if (!entry) throw new Error('A function needs an entry point.');
    build.onResolve({ filter: /^\.\.?\/.+\.ts$/ }, ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = join(resolveDir, path);
      return { path: relative(absWorkingDir, file), namespace: 'on-demand', pluginData: file };
    });
    build.onLoad({ filter: /./, namespace: 'on-demand' }, ({ pluginData }) => {
      const imported = [join(absWorkingDir, entry.in), String(pluginData)].map((path) => JSON.stringify(path));
      return { contents: `import ${imported[0]}; export * from ${imported[1]};`, resolveDir: absWorkingDir };
    });
  },
};

/** Imports the validator of payloads from a bundle of its own, which has the functions that `zodWithoutJsonSchema` replaces. */
export const payloadValidatorOnDemand: Plugin = {
  name: 'payload-validator-on-demand',
  setup(build) {
    build.onResolve({ filter: /^\.\/validate-payload\.ts$/ }, () => ({
      path: './validate-payload.mjs',
      external: true,
    }));
  },
};

/**
 * Imports what AWS clients use of their core from the files that define it. The core has submodules whose indexes import
 * all of their files. esbuild assigns whole files, and all files that they import, to chunks, so that a function would load
 * at its start what only clients on demand use, such as the XML and the streams of S3: 25 KB.
 */
export const awsCoreWithoutIndexes: Plugin = {
  name: 'aws-core-without-indexes',
  setup(build) {
    const indexes = new Map<string, Promise<ReadonlyMap<string, Origin>>>();
    /** Returns the module that defines an exported name, for the module from which it is imported. */
    const findOrigin = async (modules: string, name: string, module: string): Promise<Origin> => {
      const [, core, submodule = ''] = CORE_INDEX.exec(module) ?? [];
      if (core === undefined) return { module, name };
      const index = join(modules, core, 'dist-es', 'submodules', submodule, 'index.js');
      const exports = indexes.get(index) ?? readFile(index, 'utf8').then((code) => readExports(dirname(index), code));
      indexes.set(index, exports);
      const origin = (await exports).get(name);
      return origin === undefined ? { module, name } : findOrigin(modules, origin.name, origin.module);
    };
    build.onLoad({ filter: /[\\/]node_modules[\\/]@(aws-sdk|smithy)[\\/].+\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      const modules = path.slice(0, path.search(/[\\/]@(aws-sdk|smithy)[\\/]/));
      // What only an index defines is still imported from it. esbuild reports an import of a name that is missing then.
      let contents = INDEX_FILE.test(path) ? code.replaceAll(EXPORT_FROM, '') : code;
      for (const [statement, keyword, names = '', index = ''] of code.matchAll(CORE_IMPORT)) {
        const statements = splitNames(names).map(async ({ name, as }) => {
          const origin = await findOrigin(modules, name, index);
          return `${keyword} { ${origin.name} as ${as} } from ${JSON.stringify(origin.module)};`;
        });
        const replacement = (await Promise.all(statements)).join(' ');
        contents = contents.replace(statement, () => replacement);
      }
      return contents === code ? undefined : { contents };
    });
  },
};

/** A name that a module exports. */
interface Origin {
  readonly module: string;
  readonly name: string;
}

const CORE_INDEX = /^(@(?:aws-sdk|smithy)\/core)\/(checksum|protocols|serde)$/;
const CORE_IMPORT = /^(import|export) \{([^}]+)\} from "(@(?:aws-sdk|smithy)\/core\/(?:checksum|protocols|serde))";/gm;
const INDEX_FILE = /[\\/]@smithy[\\/]core[\\/]dist-es[\\/]submodules[\\/](checksum|serde)[\\/]index\.js$/;
const EXPORT_FROM = /^export \{([^}]+)\} from "([^"]+)";/gm;
const IMPORT_FROM = /^import \{([^}]+)\} from "([^"]+)";/gm;

/** Returns the names in the braces of an import or export: `a, b as c`. */
const splitNames = (names: string): readonly { readonly name: string; readonly as: string }[] =>
  names
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [name = part, as = name] = part.split(' as ');
      return { name, as };
    });

/** Returns what an index exports of other modules, by name: of files of its folder, or of other packages. */
function readExports(folder: string, code: string): ReadonlyMap<string, Origin> {
  const toModule = (module: string) =>
    module.startsWith('.') ? join(folder, `${module.replace(/\.js$/, '')}.js`) : module;
  const readNames = (statement: RegExp) =>
    [...code.matchAll(statement)].flatMap(([, names = '', module = '']) =>
      splitNames(names).map(({ name, as }) => [as, { module: toModule(module), name }] as const),
    );
  const imported = new Map(readNames(IMPORT_FROM));
  const reexported = [...code.matchAll(/^export \{([^}]+)\};/gm)].flatMap(([, names = '']) =>
    splitNames(names).flatMap(({ name, as }) => {
      const origin = imported.get(name);
      return origin ? [[as, origin] as const] : [];
    }),
  );
  return new Map([...readNames(EXPORT_FROM), ...reexported]);
}
