import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { optionValue } from './cdk-passed-arguments.ts';

/** Settings of the CDK CLI that select an account and a region. */
export interface CdkSettings {
  /** Profile of the AWS configuration files. */
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

export interface CdkSettingSources {
  /** Folder in which the CDK CLI runs. */
  readonly root: string;
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Arguments for the CDK CLI. */
  readonly passed?: readonly string[];
  /** @default the home folder of the user */
  readonly home?: string | undefined;
}

/**
 * Reads settings in the order of the CDK CLI: options, variables such as `CDK_PROFILE`, `cdk.json` of the project, and
 * `~/.cdk.json`. A file that cannot be read has no settings; the CDK CLI reports it.
 *
 * https://docs.aws.amazon.com/cdk/v2/guide/cli.html#cli-config
 */
export function readCdkSettings({ root, variables, passed = [], home = homedir() }: CdkSettingSources): CdkSettings {
  const files = [join(root, 'cdk.json'), join(home, '.cdk.json')].map(readJsonFile);
  const setting = (name: 'profile' | 'region'): string | undefined => {
    const inFiles = files.map((file) => file[name]).find((value) => typeof value === 'string') as string | undefined;
    return optionValue(passed, name) ?? variables[`CDK_${name.toUpperCase()}`] ?? inFiles;
  };
  return { profile: setting('profile') || undefined, region: setting('region') || undefined };
}

function readJsonFile(file: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
