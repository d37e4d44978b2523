import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ConsoleConfig } from './config.ts';
import { ASK_AGAIN, FOR_GOOD, securityHeaders } from './headers.ts';
import { type ConsoleOperation, consoleRoutes } from './routes.ts';
import { bestEncoding, type Site, type SiteFile } from './site.ts';

/** Where people start who come without a path. */
const START = '/console';

type Result = APIGatewayProxyStructuredResultV2;

/** Answers the requests for the page, from memory. */
export function consoleServer(site: Site, config: ConsoleConfig) {
  const common = securityHeaders(config);
  const operations = new Map(consoleRoutes.map(({ method, path, operation }) => [`${method} ${path}`, operation]));
  const text = (statusCode: number, body: string, headers: Readonly<Record<string, string>>): Result => ({
    statusCode,
    headers: { ...common, ...headers },
    body,
  });
  const notFound = () =>
    text(404, 'Not found', { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });

  const answers: Readonly<Record<ConsoleOperation, (event: APIGatewayProxyEventV2) => Result>> = {
    start: () => text(302, '', { location: START, 'cache-control': ASK_AGAIN }),
    config: () => text(200, JSON.stringify(config), { 'content-type': 'application/json', 'cache-control': ASK_AGAIN }),
    page: ({ headers }) => send(site.index, headers, ASK_AGAIN),
    openApi: ({ headers }) => send(site.openApi, headers, ASK_AGAIN),
    asset({ headers, pathParameters }) {
      const file = site.assets.get(pathParameters?.file ?? '');
      return file ? send(file, headers, FOR_GOOD) : notFound();
    },
  };

  function send(file: SiteFile, headers: APIGatewayProxyEventV2['headers'], cacheControl: string): Result {
    const { contentType, etag, contents } = file;
    const caching = { 'cache-control': cacheControl, etag, vary: 'accept-encoding' };
    if (headers['if-none-match']?.includes(etag)) return { statusCode: 304, headers: { ...common, ...caching } };
    const encoding = bestEncoding(file, headers['accept-encoding']);
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

  return async (event: APIGatewayProxyEventV2): Promise<Result> => {
    const operation = operations.get(event.routeKey);
    return operation ? answers[operation](event) : notFound();
  };
}
