import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { CONTEXT_ENV, DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { buildApp } from '../../../lib/app.ts';
import { openBundles } from '../../../lib/bundle.ts';
import type { StageConfig } from '../../../lib/config.ts';
import { ensureBuild } from '../../../lib/local/build.ts';
import { Intrinsics } from './intrinsics.ts';

export interface Resource {
  readonly stack: string;
  readonly id: string;
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

/** Returns the environment variables of a function. */
export const environment = ({ Properties }: Resource) =>
  (Properties.Environment as { readonly Variables: Readonly<Record<string, string>> }).Variables;

/** A synthesized stage whose references are resolved as CloudFormation resolves them. */
export interface Synthesized {
  readonly app: App;
  readonly outDir: string;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, unknown>>;
  of(type: string): readonly Resource[];
  /**
   * Returns the properties of the only resource of a type.
   *
   * @throws Error if there is none, or more than one
   */
  only(type: string): Record<string, unknown>;
  /**
   * Returns the function `jobdeck-<stage>-<name>`.
   *
   * @throws Error if it does not exist
   */
  fn(name: string): Resource;
}

/** Context of an app that does not copy the bundles into its folder, which takes a fifth of the CPU time of a synthesis. */
export const WITHOUT_ASSET_COPIES = { [DISABLE_ASSET_STAGING_CONTEXT]: true };

/** @param create creates an app before its first `await`: CDK adds the context of the variable to a new app */
function withoutAssetCopies<Result>(create: () => Result): Result {
  const before = process.env[CONTEXT_ENV];
  process.env[CONTEXT_ENV] = JSON.stringify(WITHOUT_ASSET_COPIES);
  try {
    return create();
  } finally {
    if (before === undefined) delete process.env[CONTEXT_ENV];
    else process.env[CONTEXT_ENV] = before;
  }
}

/** Builds a stage's app from the current sources without synthesizing it. */
export async function buildInto(outDir: string, stage: string | StageConfig): Promise<App> {
  const bundles = openBundles(join(await ensureBuild(), 'bundles'));
  return withoutAssetCopies(() => buildApp({ stage, outDir, bundles }));
}

/** Synthesizes a stage into a folder. */
export async function synthesizeInto(outDir: string, stage: string | StageConfig): Promise<Synthesized> {
  return resolveApp(await buildInto(outDir, stage));
}

/** Synthesizes an app and resolves the references in its templates. */
export function resolveApp(app: App): Synthesized {
  const { stacks } = app.synth();
  const intrinsics = new Intrinsics(stacks);
  const resources = stacks.flatMap(({ stackName, template }) =>
    Object.entries((template as { Resources?: Record<string, Omit<Resource, 'stack' | 'id'>> }).Resources ?? {}).map(
      ([id, resource]): Resource => ({
        ...resource,
        stack: stackName,
        id,
        Properties: intrinsics.resolve(stackName, resource.Properties ?? {}) as Record<string, unknown>,
      }),
    ),
  );
  const outputs = Object.fromEntries(
    stacks.flatMap(({ stackName, template }) =>
      Object.entries((template as { Outputs?: Record<string, { Value: unknown }> }).Outputs ?? {}).map(
        ([name, { Value }]) => [name, intrinsics.resolve(stackName, Value)],
      ),
    ),
  );
  const of = (type: string) => resources.filter((resource) => resource.Type === type);
  return {
    app,
    outDir: app.outdir,
    resources,
    outputs,
    of,
    only(type) {
      const [resource, ...others] = of(type);
      if (!resource || others.length > 0) throw new Error(`Expected one ${type}, got ${of(type).length}.`);
      return resource.Properties;
    },
    fn(name) {
      const fn = of('AWS::Lambda::Function').find(({ Properties }) =>
        new RegExp(`^jobdeck-[a-z]+-${name}$`).test(String(Properties.FunctionName)),
      );
      if (!fn) throw new Error(`There is no function ${name}.`);
      return fn;
    },
  };
}
