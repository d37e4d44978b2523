import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Caller } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Log } from '../../core/platform/log.ts';
import { type AuditRecorder, auditRefusalsMiddleware } from './audit.ts';
import { type AuthenticationOptions, authenticate } from './authenticate.ts';
import type { AuthenticateHook } from './authenticate-hook.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { withEntityTag } from './entity-tag.ts';
import { findRoute, MethodNotAllowedError } from './find-route.ts';
import { tableParameters } from './gateway-path.ts';
import { createHoldPayment } from './hold-payment.ts';
import { inputObject } from './input-schemas.ts';
import { normalizeQuery } from './normalize-query.ts';
import { type ErrorMapper, toProblem } from './problem.ts';
import { readBody, readBytes } from './read-body.ts';
import { requestTimeoutError } from './read-budget.ts';
import { type LimitRequests, requestLimitMiddleware, retryAfterHeader } from './request-limit.ts';
import { toGatewayResponse } from './response.ts';
import { type ApiRequest, type ApiResponse, type ApiRoute, lazy, loadRoute } from './route.ts';
import type { Surface } from './surface.ts';
import { validate } from './validate.ts';

/**
 * Milliseconds before the function's timeout at which a request is ended, so that its error response has the format of
 * the surface.
 */
const TIMEOUT_RESERVE_MS = 500;

export interface SurfaceHandlerOptions<Dependencies>
  extends AuthenticationOptions,
    Pick<Surface<Dependencies>, 'routes' | 'errors'> {
  /** Required for a surface with hooks. */
  readonly authenticateHook?: AuthenticateHook;
  /** Returns the clients of a tenant for the handlers; without a tenant for public routes. */
  readonly dependencies: (tenant: TenantId | undefined) => Dependencies;
  /** @defaultValue no limit */
  readonly limit?: LimitRequests;
  /** @defaultValue no audit trail */
  readonly audit?: AuditRecorder;
  /** Origins whose pages may call the API; `*` allows all origins. @defaultValue none */
  readonly origins?: readonly string[];
}

/** The event with the properties that the middleware adds. */
interface SurfaceEvent extends APIGatewayProxyEventV2 {
  route?: ApiRoute;
  /** Set for HEAD: the response has no body. */
  isHead?: boolean;
  /** The methods of the path, set for OPTIONS. */
  methods?: readonly string[];
  caller?: Caller;
}

type Middleware = MiddlewareObj<SurfaceEvent, APIGatewayProxyStructuredResultV2>;

/** Creates the Lambda handler of a surface. It authenticates the caller and then calls the handler of the route. */
export function createSurfaceHandler<Dependencies>(options: SurfaceHandlerOptions<Dependencies>) {
  const { routes, dependencies, errors, log, limit = async () => {}, audit, origins = [] } = options;
  return middy<SurfaceEvent, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: TIMEOUT_RESERVE_MS,
    timeoutEarlyResponse: throwTimeout,
  })
    .use(accessLogMiddleware(log))
    .use(httpSemanticsMiddleware(origins))
    .use(errorMiddleware(errors, log))
    .use(auditRefusalsMiddleware(audit, limit))
    .use(authenticationMiddleware(routes, options))
    .use(requestLimitMiddleware(limit))
    .handler(async (event, context) => {
      const { requestId } = event.requestContext;
      if (event.methods) {
        const headers = { allow: event.methods.join(', '), ...preflightHeaders(origins, event.methods) };
        return toGatewayResponse({ status: 204, headers }, requestId);
      }
      const route = event.route as ApiRoute<Dependencies>;
      // Validation is part of the recorded request: a rejected request is in the audit trail, too.
      const { caller } = event;
      const mayWait = caller ? createHoldPayment(limit, caller.tenant) : async () => true;
      const countRequest = async () => caller && limit(caller.tenant);
      const perform = async () =>
        handle(await loadRoute(route), dependencies(caller?.tenant), event, { context, mayWait, countRequest });
      const response = await (audit ? audit.perform({ route, event }, caller, perform) : perform());
      return toGatewayResponse(response, requestId);
    });
}

function throwTimeout(): never {
  throw requestTimeoutError();
}

/** Finds the route and authenticates the caller unless the route is public. */
function authenticationMiddleware(
  routes: readonly ApiRoute[],
  options: AuthenticationOptions & { readonly authenticateHook?: AuthenticateHook },
): Middleware {
  return {
    before: async ({ event }) => {
      event.isHead = event.requestContext.http.method === 'HEAD';
      const match = findRoute(routes, event);
      if (!match)
        throw new JobdeckError(
          'not_found',
          'route.not_found',
          `There is no ${event.requestContext.http.method} ${event.rawPath}`,
        );
      if (match.kind === 'options') {
        event.methods = match.methods;
        return;
      }
      const { route, pathParameters } = match;
      event.route = route;
      event.pathParameters = pathParameters ? { ...pathParameters } : tableParameters(event.pathParameters);
      if (route.isHook) event.caller = await requireHookAuthentication(options)(event.pathParameters?.hook ?? '');
      if (route.action !== 'public') event.caller = await authenticate(event.headers, route.action, options);
    },
  };
}

function requireHookAuthentication({
  authenticateHook,
}: {
  readonly authenticateHook?: AuthenticateHook;
}): AuthenticateHook {
  if (!authenticateHook) throw new Error('a surface with hooks needs authenticateHook');
  return authenticateHook;
}

const NO_INPUT = {
  query: lazy(() => inputObject({}, 'query parameter')),
  body: lazy(() => inputObject({})),
};

/**
 * Validates a request and calls its handler.
 *
 * @throws InvalidInput, and the errors of the handler
 */
function handle<Dependencies>(
  {
    query = NO_INPUT.query,
    repeatable,
    body = NO_INPUT.body,
    isHook,
    maxBodyBytes,
    textBody,
    handle,
  }: ApiRoute<Dependencies>,
  dependencies: Dependencies,
  event: SurfaceEvent,
  { context, ...payment }: Pick<ApiRequest, 'mayWait' | 'countRequest'> & { readonly context: Context },
): Promise<ApiResponse> {
  const request = {
    caller: event.caller as Caller,
    params: Object.fromEntries(Object.entries(event.pathParameters ?? {}).map(([name, value]) => [name, value ?? ''])),
    query: validate(query(), normalizeQuery(event, repeatable), 'query'),
    body: isHook
      ? readBytes(event, maxBodyBytes)
      : validate(body(), readBody(event, maxBodyBytes, textBody) ?? {}, 'body'),
    headers: event.headers,
    remainingMs: () => context.getRemainingTimeInMillis() - TIMEOUT_RESERVE_MS,
    ...payment,
  };
  return handle(request, dependencies);
}

/** Completes responses: entity tags on polled routes, no body for HEAD, and CORS headers. */
function httpSemanticsMiddleware(origins: readonly string[]): Middleware {
  const complete = (request: {
    readonly event: SurfaceEvent;
    response?: APIGatewayProxyStructuredResultV2 | null | undefined;
  }): void => {
    const { event, response } = request;
    if (!response) return;
    const { route, caller } = event;
    const isPolled = route?.polled === true && caller !== undefined;
    const answer = isPolled ? withEntityTag(response, caller.tenant, event.headers['if-none-match']) : response;
    const { vary, ...cors } = corsHeaders(origins, event.headers.origin);
    const varies = [answer.headers?.vary, vary].filter((header) => header !== undefined).join(', ');
    const { body, ...bodiless } = answer;
    request.response = {
      ...(event.isHead ? bodiless : answer),
      headers: { ...answer.headers, ...cors, ...(varies && { vary: varies }) },
    };
  };
  return { after: complete, onError: complete };
}

/** Converts errors to responses in the format of the surface. Logs errors with a status of 500 or above. */
function errorMiddleware(errors: ErrorMapper, log: Log): Middleware {
  return {
    onError: (request) => {
      const { event, error } = request;
      const { requestId } = event.requestContext;
      const problem = toProblem(error, requestId, new Date().toISOString());
      if (problem.status >= 500)
        log.error('request.failed', { requestId, route: event.routeKey, ...toLogFields(error) });
      const allow = error instanceof MethodNotAllowedError ? { allow: error.methods.join(', ') } : {};
      const headers = { ...ERROR_HEADERS[problem.status], ...retryAfterHeader(error), ...allow };
      request.response = toGatewayResponse({ status: problem.status, body: errors(problem), headers }, requestId);
    },
  };
}

/** Headers that HTTP requires with some status codes (RFC 9110, 11.6.1 and 10.2.3). */
const ERROR_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  503: { 'retry-after': '5' },
};

function toLogFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {};
  return { error: error.name, message: error.message, stack: error.stack, ...cause };
}

/** Logs one line for each request. Headers and bodies are not logged, because they contain tokens and secrets. */
function accessLogMiddleware(log: Log): Middleware {
  const line = ({ event, response }: { event: SurfaceEvent; response?: APIGatewayProxyStructuredResultV2 | null }) => {
    const { requestId, timeEpoch } = event.requestContext;
    log.info('request.handled', {
      requestId,
      route: event.routeKey,
      tenant: event.caller?.tenant,
      status: response?.statusCode,
      ms: Date.now() - timeEpoch,
    });
  };
  return {
    after: ({ event, response }) => line({ event, ...(response && { response }) }),
    onError: ({ event, response }) => line({ event, ...(response && { response }) }),
  };
}
