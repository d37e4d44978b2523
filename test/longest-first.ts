import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, longest first. They start before the others of their project, so that no long one runs alone
 * at the end.
 */
export const LONGEST = [
  'e2e/mcp',
  'e2e/package',
  'e2e/tenants',
  'e2e/pipelines',
  'e2e/schedule',
  'e2e/flows',
  'integration/contract/runner-runs',
  'integration/contract/limits',
  'integration/contract/equal-counts',
  'e2e/cli',
  'integration/stack/project',
  'integration/stack/embedding',
  'integration/stack/cli',
  'integration/stack/costs',
].map((name) => `test/${name}.test.ts`);

/** Runs the files of a project in the order of `LONGEST`, the others in Vitest's order: large files first. */
export class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specifications);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    const rank = ({ project, moduleId }: TestSpecification) => {
      const place = LONGEST.indexOf(relative(project.config.root, moduleId));
      return place === -1 ? LONGEST.length : place;
    };
    return sorted.toSorted((a, b) => projects.indexOf(a.project) - projects.indexOf(b.project) || rank(a) - rank(b));
  }
}
