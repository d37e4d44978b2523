/** Name of the path parameter in place of a segment with a colon. */
const CUSTOM_SEGMENT = 'customSegment';

const SEGMENT_WITH_COLON = /^[^{}]+:[^{}]+$/;

/**
 * Returns the path of a route in the form of API Gateway. A last segment such as `runs:batch` becomes a parameter, because
 * the characters that HTTP APIs allow in a path are not documented, and a refused route would fail the deployment.
 */
export function gatewayPath(path: string): string {
  const at = path.lastIndexOf('/');
  return SEGMENT_WITH_COLON.test(path.slice(at + 1)) ? `${path.slice(0, at)}/{${CUSTOM_SEGMENT}}` : path;
}

/**
 * Returns the path of a request as the route table has it: a parameter that `gatewayPath` introduced is replaced by its
 * value.
 */
export const tablePath = (
  path: string,
  pathParameters: Readonly<Record<string, string | undefined>> | undefined,
): string => path.replace(`{${CUSTOM_SEGMENT}}`, pathParameters?.[CUSTOM_SEGMENT] ?? '');

/** Returns the parameters of a request without the one that `gatewayPath` introduced. */
export function tableParameters<Value>(
  pathParameters: Readonly<Record<string, Value>> | undefined,
): Record<string, Value> {
  const { [CUSTOM_SEGMENT]: _, ...rest } = pathParameters ?? {};
  return rest;
}
