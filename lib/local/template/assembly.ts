import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A resource with unresolved intrinsic functions. */
export interface RawResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

export interface Stack {
  readonly name: string;
  readonly resources: Readonly<Record<string, RawResource>>;
  /** Logical id → export name and value. */
  readonly outputs: Readonly<Record<string, { readonly Export?: { readonly Name: unknown }; readonly Value: unknown }>>;
  readonly parameters: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly mappings: Readonly<Record<string, unknown>>;
  /** Object key in the deployment bucket → absolute path of the file or folder to upload. */
  readonly assets: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string; readonly file?: string };
}

interface Template {
  readonly Resources?: Stack['resources'];
  readonly Outputs?: Stack['outputs'];
  readonly Parameters?: Stack['parameters'];
  readonly Conditions?: Stack['conditions'];
  readonly Mappings?: Stack['mappings'];
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

/** Reads all stacks of a cloud assembly, the output folder of `cdk synth`. */
export function readAssembly(folder: string): readonly Stack[] {
  const read = <Document>(file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Document;
  const artifacts = Object.entries(read<Manifest>('manifest.json').artifacts ?? {});

  const assets = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || !properties?.file) continue;
    for (const { source, destinations } of Object.values(read<AssetManifest>(properties.file).files ?? {})) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path) assets.set(objectKey, resolve(folder, source.path));
      }
    }
  }
  return artifacts.flatMap(([id, { type, properties }]) => {
    if (type !== 'aws:cloudformation:stack' || !properties?.templateFile) return [];
    const template = read<Template>(properties.templateFile);
    return {
      name: properties.stackName ?? id,
      resources: template.Resources ?? {},
      outputs: template.Outputs ?? {},
      parameters: template.Parameters ?? {},
      conditions: template.Conditions ?? {},
      mappings: template.Mappings ?? {},
      assets,
    };
  });
}
