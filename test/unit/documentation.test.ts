import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../lib/project-root.ts';

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: projectRoot, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(projectRoot, path)));

/** The page without code blocks and inline code. */
const prose = (path: string): string =>
  readFileSync(join(projectRoot, path), 'utf8')
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));

/** Anchors as GitHub derives them from headings. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = [...prose(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** @returns the relative links of a page whose file, folder or heading does not exist */
function brokenLinks(path: string): string[] {
  const links = [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target =
        file === '' ? path : relative(projectRoot, join(projectRoot, normalize(join(dirname(path), file))));
      if (!existsSync(join(projectRoot, target))) return true;
      return (
        anchor !== undefined && (statSync(join(projectRoot, target)).isDirectory() || !anchorsOf(target).has(anchor))
      );
    })
    .map((link) => `${path}: ${link}`);
}

it('links to files and headings that exist', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.flatMap(brokenLinks)).toEqual([]);
});

it('has pages that are read at one sitting', () => {
  const lines = (path: string) => readFileSync(join(projectRoot, path), 'utf8').trimEnd().split('\n').length;
  const tooLong = pages.filter((path) => lines(path) > (path === 'README.md' ? 200 : 270));

  expect(tooLong).toEqual([]);
});
