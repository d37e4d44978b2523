/** The pages of the console. */
export type Route =
  | { readonly page: 'integrations' }
  | { readonly page: 'jobs' }
  | { readonly page: 'new-job' }
  | { readonly page: 'new-flow' }
  | { readonly page: 'job'; readonly id: string }
  | { readonly page: 'edit-job'; readonly id: string }
  | { readonly page: 'run'; readonly id: string; readonly run: string }
  | { readonly page: 'activity' }
  | { readonly page: 'failures' }
  | { readonly page: 'usage' }
  | { readonly page: 'calendars' }
  | { readonly page: 'calendar'; readonly name: string }
  | { readonly page: 'access' }
  | { readonly page: 'audit' }
  | { readonly page: 'not-found' };

const TOP_PAGES = ['activity', 'failures', 'usage', 'calendars', 'access', 'audit'] as const;
const isTopPage = (name: string): name is (typeof TOP_PAGES)[number] => TOP_PAGES.some((page) => page === name);

/** Parses a path. Ids need no escaping, but a user may type any path. */
export function parseRoute(path: string): Route {
  const parts = path.split('/').filter(Boolean).map(decode);
  const [first, second, id = '', third, run = ''] = parts;
  if (first === 'settings' && second === 'integrations' && parts.length === 2) return { page: 'integrations' };
  if (first !== 'console') return { page: 'not-found' };
  if (second === undefined || (second === 'jobs' && parts.length === 2)) return { page: 'jobs' };
  if (second === 'jobs' && parts.length === 3) return { page: 'job', id };
  if (second === 'jobs' && parts.length === 4 && third === 'edit') return { page: 'edit-job', id };
  if (second === 'jobs' && parts.length === 5 && third === 'runs') return { page: 'run', id, run };
  if (second === 'calendars' && parts.length === 3) return { page: 'calendar', name: id };
  if (parts.length > 2) return { page: 'not-found' };
  if (second === 'new') return { page: 'new-job' };
  if (second === 'new-flow') return { page: 'new-flow' };
  if (isTopPage(second)) return { page: second };
  return { page: 'not-found' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const PATHS = {
  integrations: '/settings/integrations',
  jobs: '/console',
  newJob: '/console/new',
  newFlow: '/console/new-flow',
  activity: '/console/activity',
  failures: '/console/failures',
  usage: '/console/usage',
  calendars: '/console/calendars',
  access: '/console/access',
  audit: '/console/audit',
  apiReference: '/docs',
  calendar: (name: string) => `/console/calendars/${encodeURIComponent(name)}`,
  job: (id: string) => `/console/jobs/${encodeURIComponent(id)}`,
  editJob: (id: string) => `/console/jobs/${encodeURIComponent(id)}/edit`,
  run: (id: string, run: string) => `/console/jobs/${encodeURIComponent(id)}/runs/${encodeURIComponent(run)}`,
} as const;
