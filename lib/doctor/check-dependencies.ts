import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finding, ok, problem, warning } from './finding.ts';

interface FoundPackage {
  readonly folder: string;
  readonly version: string;
}

/** Finds a package as a module would. */
function findPackage(module: string, name: string): FoundPackage | undefined {
  try {
    const file = realpathSync(createRequire(module).resolve(`${name}/package.json`));
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
    return { folder: dirname(file), version };
  } catch {
    return undefined;
  }
}

/**
 * Checks the packages of a project.
 *
 * @param root folder of the project
 * @param ownModule path of a module of this package
 */
export function checkDependencies(root: string, ownModule = fileURLToPath(import.meta.url)): readonly Finding[] {
  const project = join(root, 'package.json');
  return [
    checkCdk(findPackage(project, 'aws-cdk') ?? findPackage(ownModule, 'aws-cdk')),
    checkTypeScript(findPackage(project, 'typescript')),
    ...['aws-cdk-lib', 'constructs'].map((name) => checkCopies(name, project, ownModule)),
  ];
}

function checkCdk(cdk: FoundPackage | undefined): Finding {
  if (!cdk) return problem('aws-cdk', 'the AWS CDK CLI is not installed', 'npm install --save-dev aws-cdk');
  if (cdk.version.startsWith('2.')) return ok('aws-cdk', `the AWS CDK CLI ${cdk.version}`);
  return problem('aws-cdk', `version ${cdk.version} does not fit aws-cdk-lib 2`, 'npm install --save-dev aws-cdk@2');
}

function checkTypeScript(typescript: FoundPackage | undefined): Finding {
  if (typescript) return ok('typescript', `TypeScript ${typescript.version}`);
  return warning('typescript', 'types are not checked without it', 'npm install --save-dev typescript');
}

/** Two copies break constructs, because the classes of one are unknown to the other. */
function checkCopies(name: string, project: string, ownModule: string): Finding {
  const own = findPackage(ownModule, name);
  if (!own) return problem(name, 'it is not installed', `npm install --save-dev ${name}`);
  const copies = [own, findPackage(project, name)];
  if (name === 'constructs') {
    for (const module of [project, ownModule]) {
      const library = findPackage(module, 'aws-cdk-lib');
      if (library) copies.push(findPackage(join(library.folder, 'package.json'), name));
    }
  }
  const others = copies.filter((copy) => copy && copy.folder !== own.folder) as FoundPackage[];
  if (others.length === 0) return ok(name, `one copy, ${own.version}`);
  const places = [...new Set([own, ...others].map(({ folder, version }) => `${version} in ${folder}`))];
  return problem(name, `there are ${places.length} copies: ${places.join(', ')}`, `npm dedupe ${name}`);
}
