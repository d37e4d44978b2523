import { describe, expect, it } from 'vitest';
import { PATHS, parseRoute } from '../../../../../../functions/console/app/view/routes.ts';

describe('parseRoute', () => {
  it.each([
    ['/settings/integrations', { page: 'integrations' }],
    ['/console', { page: 'jobs' }],
    ['/console/', { page: 'jobs' }],
    ['/console/new', { page: 'new-job' }],
    [PATHS.job('a.b-c'), { page: 'job', id: 'a.b-c' }],
    [PATHS.editJob('a'), { page: 'edit-job', id: 'a' }],
    [PATHS.run('a', 'a.i.1'), { page: 'run', id: 'a', run: 'a.i.1' }],
    ['/console/jobs/%E0%A4%A', { page: 'job', id: '%E0%A4%A' }],
    ['/console/failures', { page: 'failures' }],
    ['/console/calendars', { page: 'calendars' }],
    [PATHS.calendar('de-by'), { page: 'calendar', name: 'de-by' }],
    ['/console/calendars/de/x', { page: 'not-found' }],
    ['/console/usage', { page: 'usage' }],
    ['/console/audit', { page: 'audit' }],
    ['/console/failures/x', { page: 'not-found' }],
    ['/console/jobs', { page: 'jobs' }],
    ['/console/activity/x', { page: 'not-found' }],
    ['/elsewhere', { page: 'not-found' }],
  ])('parses %s as %j', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });
});
