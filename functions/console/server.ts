import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { findRoute, MethodNotAllowedError } from '../api/http/find-route.ts';
import type { ConsoleConfig } from './config.ts';
import { IMMUTABLE, REVALIDATE, securityHeaders } from './headers.ts';
import { type ConsoleOperation, consoleRoutes } from './routes.ts';
import { negotiateEncoding, type Site, type SiteFile } from './site.ts';
import { createUnmatchedRouteHandler } from './unmatched-route.ts';

/** Redirect target of the root path. */
const START = '/console';

type Result = APIGatewayProxyStructuredResultV2;

/** Returns a handler that serves the console from memory. */
export function createConsoleServer(site: Site, config: ConsoleConfig) {
  const common = securityHeaders(config);
  const text = (statusCode: number, body: string, headers: Readonly<Record<string, string>>): Result => ({
    statusCode,
    headers: { ...common, ...headers },
    body,
  });
  const handleUnmatched = createUnmatchedRouteHandler(() => site.openApi.contents.identity.toString());
  const notFound = () =>
    text(404, 'Not found', { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });

  const answers: Readonly<Record<ConsoleOperation, (event: APIGatewayProxyEventV2) => Result>> = {
    start: () => text(302, '', { location: START, 'cache-control': REVALIDATE }),
    config: () =>
      text(200, JSON.stringify(config), { 'content-type': 'application/json', 'cache-control': REVALIDATE }),
    page: ({ headers }) => send(site.index, headers, REVALIDATE),
    openApi: ({ headers }) => send(site.openApi, headers, REVALIDATE),
    docs: ({ headers }) => send(site.docs, headers, REVALIDATE),
    asset({ headers, pathParameters }) {
      const read = site.assets.get(pathParameters?.file ?? '');
      return read ? send(read(), headers, IMMUTABLE) : notFound();
    },
  };

  function send(file: SiteFile, headers: APIGatewayProxyEventV2['headers'], cacheControl: string): Result {
    const { contentType, etag, contents } = file;
    const caching = { 'cache-control': cacheControl, etag, vary: 'accept-encoding' };
    if (headers['if-none-match']?.includes(etag)) return { statusCode: 304, headers: { ...common, ...caching } };
    const encoding = negotiateEncoding(file, headers['accept-encoding']);
    return {
      statusCode: 200,
      headers: {
        ...common,
        ...caching,
        'content-type': contentType,
        ...(encoding !== 'identity' && { 'content-encoding': encoding }),
      },
      body: (contents[encoding] ?? contents.identity).toString('base64'),
      isBase64Encoded: true,
    };
  }

  const answer = (event: APIGatewayProxyEventV2): Result => {
    const asked = findRoute(consoleRoutes, event);
    if (!asked) return handleUnmatched(event);
    if (asked.kind === 'options')
      return text(204, '', { allow: asked.methods.join(', '), 'cache-control': 'no-store' });
    const whole = answers[asked.route.operation](event);
    const { body, isBase64Encoded, ...head } = whole;
    return asked.isHead ? head : whole;
  };

  return async (event: APIGatewayProxyEventV2): Promise<Result> => {
    try {
      return answer(event);
    } catch (error) {
      if (!(error instanceof MethodNotAllowedError)) throw error;
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
      return text(405, error.message, { ...headers, allow: error.methods.join(', ') });
    }
  };
}
