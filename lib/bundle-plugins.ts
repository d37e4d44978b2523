import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

/** Matches the specifier of a module of Node.js. */
const NODE_MODULE = new RegExp(`^(node:.+|${builtinModules.join('|')})$`);

/**
 * Loads modules of Node.js with `process.getBuiltinModule`. An `import` evaluates each property that the module exports:
 * for `node:http` it loads the WebSocket client, for `node:process` it opens the standard streams. Both take 30 ms of CPU.
 */
export const nodeModulesOnDemand: Plugin = {
  name: 'node-modules-on-demand',
  setup(build) {
    build.onResolve({ filter: NODE_MODULE }, ({ path }) => ({
      path: path.replace(/^(?!node:)/, 'node:'),
      namespace: 'builtin',
      sideEffects: false,
    }));
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

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
