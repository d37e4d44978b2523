import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../sibling-module.ts';
import { WORK_FOLDER } from './find-project.ts';
import { ProjectError } from './project-error.ts';

/** The commands of the CDK CLI that a project uses. */
export type CdkCommand = 'synth' | 'diff' | 'deploy' | 'destroy';

export interface CdkInvocation {
  readonly command: CdkCommand;
  readonly stage: string;
  /** Folder of the project. */
  readonly root: string;
  /** `destroy` asks for no confirmation. */
  readonly isConfirmed?: boolean;
  /** Additional arguments for the CDK CLI. */
  readonly passed?: readonly string[];
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Characters that no shell interprets. */
const PLAIN = /^[A-Za-z0-9_+=:,.@/-]+$/;

/** Returns the folder of a stage's cloud assembly. */
export const assemblyFolder = (root: string, stage: string): string => join(root, WORK_FOLDER, 'cdk.out', stage);

/**
 * Returns the arguments of the CDK CLI. Those of Jobdeck are last, so that they win over the passed ones where the CDK
 * CLI takes one value.
 */
export function cdkArguments({ command, stage, root, isConfirmed = false, passed = [] }: CdkInvocation): string[] {
  return [
    command,
    ...passed,
    // `synth` includes all stacks, but would print them.
    ...(command === 'synth' ? ['--quiet'] : ['--all']),
    ...(command === 'destroy' && isConfirmed ? ['--force'] : []),
    '--no-notices',
    '--app',
    appCommand(fileURLToPath(siblingModule('app', import.meta.url))),
    '--output',
    assemblyFolder(root, stage),
    '--context',
    `stage=${stage}`,
  ];
}

/**
 * Returns the command that the CDK CLI gives to a shell: this Node with the app.
 *
 * @param app path of the app
 * @param platform value of `process.platform`
 */
export function appCommand(app: string, platform = process.platform, node = process.execPath): string {
  const quote = (path: string) => {
    if (PLAIN.test(path)) return path;
    return platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", `'\\''`)}'`;
  };
  return `${quote(node)} ${quote(app)}`;
}

/**
 * Finds the CDK CLI: that of the project, else that of this package.
 *
 * @returns path of its JavaScript file
 * @throws ProjectError if the package `aws-cdk` is not installed
 */
export function findCdk(root: string, ownModule: string = fileURLToPath(import.meta.url)): string {
  for (const module of [join(root, 'package.json'), ownModule]) {
    try {
      return join(dirname(createRequire(module).resolve('aws-cdk/package.json')), 'bin', 'cdk');
    } catch {
      // Not installed here.
    }
  }
  throw new ProjectError('The AWS CDK CLI is not installed in the project: `npm install --save-dev aws-cdk`');
}

/**
 * Runs the CDK CLI in the folder of the project with the terminal of this process.
 *
 * @returns its exit code, or 128 and the number of the signal that ended it
 */
export async function runCdk(invocation: CdkInvocation): Promise<number> {
  const cdk = spawn(process.execPath, [findCdk(invocation.root), ...cdkArguments(invocation)], {
    cwd: invocation.root,
    stdio: 'inherit',
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: 'true' },
  });
  const forward = (signal: NodeJS.Signals) => cdk.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  try {
    const [code, signal] = (await once(cdk, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal ? constants.signals[signal] : 0);
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}
