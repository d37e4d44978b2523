/** Routes that read definitions of flows. The function loads them with the first request to one of them. */
export { flowRoutes } from './flows.ts';
