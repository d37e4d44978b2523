import { describe, expect, it } from 'vitest';
import { gatewayPath, tableParameters, tablePath } from '../../../../../functions/api/http/gateway-path.ts';

describe('gatewayPath', () => {
  it('replaces a last segment with a colon by a parameter', () => {
    expect(gatewayPath('/jobs/{id}/runs:batch')).toBe('/jobs/{id}/{customSegment}');
    expect(gatewayPath('/jobs/{id}/runs/{run}')).toBe('/jobs/{id}/runs/{run}');
  });
});

describe('tablePath', () => {
  it('reverts gatewayPath', () => {
    const path = '/jobs/{id}/runs:batch';

    expect(tablePath(gatewayPath(path), { id: 'a', customSegment: 'runs:batch' })).toBe(path);
    expect(tablePath('/jobs/{id}', { id: 'a' })).toBe('/jobs/{id}');
    expect(tableParameters({ id: 'a', customSegment: 'runs:batch' })).toEqual({ id: 'a' });
  });
});
