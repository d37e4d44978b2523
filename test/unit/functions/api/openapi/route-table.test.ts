import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../../../functions/api/openapi/document.ts';
import { routeTable, withRouteTable } from '../../../../../functions/api/openapi/route-table.ts';
import { surfaces } from '../../../../../functions/api/surfaces.ts';
import { projectRoot } from '../../../../../lib/project-root.ts';

describe('functions/api/README.md', () => {
  it('contains the current table of routes (otherwise run `npm run docs:routes`)', () => {
    const readme = readFileSync(join(projectRoot, 'functions/api/README.md'), 'utf8');

    expect(withRouteTable(readme, routeTable(openApiDocument(surfaces, '')))).toBe(readme);
  });
});

describe('withRouteTable', () => {
  it('rejects a README without the markers', () => {
    expect(() => withRouteTable('# API', '| route |')).toThrow('The README must have the lines');
  });
});
